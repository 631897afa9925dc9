"""What cannot be seen from outside is not asked, and the result says so."""


class NotSeen(Exception):
    """A spec asks for something that nobody outside can see, or bring about. The message says what."""
