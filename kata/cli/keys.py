"""Single keys from the terminal, without Enter."""

import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def keys(pressed: Callable[[str], None]) -> Generator[bool]:
    """Call `pressed` with each key, from a thread, while the block lasts.

    The block is told whether there are keys at all: where the input is no terminal there are none,
    and it is left alone. The terminal gets its own settings back at the end.
    """
    if not sys.stdin.isatty():
        yield False
    elif sys.platform == "win32":
        with _windows_keys(pressed):
            yield True
    else:
        with _posix_keys(pressed):
            yield True


if sys.platform == "win32":

    @contextmanager
    def _windows_keys(pressed: Callable[[str], None]) -> Generator[None]:
        import msvcrt

        stop = threading.Event()

        def read() -> None:
            while not stop.wait(0.05):
                while msvcrt.kbhit():
                    pressed(msvcrt.getwch())

        threading.Thread(target=read, daemon=True).start()
        try:
            yield
        finally:
            stop.set()

else:
    import select
    import termios
    import tty

    @contextmanager
    def _posix_keys(pressed: Callable[[str], None]) -> Generator[None]:
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        wake, waker = os.pipe()

        def read() -> None:
            while True:
                ready, _, _ = select.select([terminal, wake], [], [])
                if wake in ready:
                    return
                typed = os.read(terminal, 64)
                if not typed:  # the terminal has gone
                    return
                for key in typed.decode("utf-8", "ignore"):
                    pressed(key)

        reader = threading.Thread(target=read, daemon=True)
        # Ctrl-C still interrupts: cbreak takes away the waiting for Enter and the echo, no more.
        tty.setcbreak(terminal)
        try:
            reader.start()
            yield
        finally:
            os.write(waker, b".")
            reader.join(1)
            os.close(wake)
            os.close(waker)
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
