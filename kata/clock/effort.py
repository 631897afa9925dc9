"""What was done since time last moved: `kata.clock.polling` goes by it to see who polls in vain."""

from __future__ import annotations


class Effort:
    """Counts of all loops and threads of one clock. They may be out by a little: no lock guards them."""

    def __init__(self) -> None:
        self.turns = 0
        """Turns of loops that had something to do, since something was achieved."""
        self.round_trips = 0
        """The same for rests of loops, which others ended."""
        self.looks = 0
        """Looks at the clock, since it was made."""
        self.results = 0
        """Pieces of work off the loops that ended or came to rest, since the clock was made."""

    def achieved(self) -> None:
        """Something was achieved, so the loops' turns were not in vain."""
        self.turns = self.round_trips = 0
