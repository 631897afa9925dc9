"""The second look: the same specs from outside, on the real clock, at an answer that a real server runs."""
