"""The command `kata`: what a person types, and what the terminal shows."""
