"""What cannot be done as it was asked for, or a part of a hand-in that is not taken."""


class Refusal(Exception):
    """One sentence that says what is in the way and what to do. Nothing has been changed by what was refused."""
