"""Pictures of a terminal, made by really running the commands that they show."""
