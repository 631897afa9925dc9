"""What cannot be done as it was asked for."""


class Refusal(Exception):
    """One sentence that says what is in the way and what to do. Nothing has been changed."""
