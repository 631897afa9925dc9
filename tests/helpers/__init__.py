"""What several tests use: a small course, a trial of one answer, verdicts of the galleries, virtual time."""
