"""The sandbox of an answer: layers that take away from a process what judging it does not need."""
