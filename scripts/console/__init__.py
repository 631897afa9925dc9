"""What the commands of this folder are told, and how they show their progress and their tables."""
