"""The first look: the submissions of a class, judged by the same specs that its students had."""
