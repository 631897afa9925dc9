"""What cannot be seen from outside is not asked, and the result says so."""

from typing import NoReturn


class NotSeen(Exception):
    """A spec asks for something that nobody outside can see, or bring about. The message says what."""


class OnlyWhatIsSeen:
    """A fixture's second implementation: what it does not have, nobody outside can see."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotSeen(name.replace("_", " "))
