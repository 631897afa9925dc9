"""What a run of the kata costs: wall seconds, CPU seconds and memory, of this checkout and of another beside it."""
