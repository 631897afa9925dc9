"""From facts to words and pictures: what a failure says, and how time is drawn."""
