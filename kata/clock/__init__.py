"""Virtual time: the clock, the event loops that live in it, and work that leaves the loop."""
