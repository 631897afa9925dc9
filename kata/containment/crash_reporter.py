"""The crash reporter: if the whole process dies or freezes, somebody must still say which spec did it.

Nothing in the process can: a crash ends it, and a loop inside C lets no line of Python run. So each spec is told to a
small process beside this one, through a pipe. Should the pipe close without a good-bye, it says one sentence. And
while a spec runs, a timer that needs no Python (faulthandler's) ends the process if no line of Python has run in
the main thread for too long. Its stacks go down the same pipe, so the sentence can name the line.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import IO

from kata.clock.strangers import introducing

SHORTEST = 8.0
"""Real seconds without a line of Python in the main thread that are allowed in any case."""

_BEAT = 0.5

_monotonic = time.monotonic

WHOLE_RUN = "the whole run"
"""What ends with the process, in the words of a sentence about its end."""

_SH = r"""
trap '' INT
run="the whole run"
clear_away() {
    if [ -n "$room" ]; then rm -rf -- "$room"; fi
}
while IFS= read -r line; do
    case $line in
        bye) exit 0 ;;
        say:*) printf '\nkata: %s\n' "${line#say:}"; clear_away; exit 0 ;;
        spec:*) spec=${line#spec:} frozen= crash= where= ;;
        folder:*) folder=${line#folder:} ;;
        room:*) room=${line#room:} ;;
        here:*) here=${line#here:} ;;
        run:*) run=${line#run:} ;;
        Timeout*) frozen=yes ;;
        "Fatal Python error: "*) crash=${line#Fatal Python error: } ;;
        "  File \"$folder/"*)
            if [ -z "$where" ]; then
                rest=${line#*\"} file=${rest%%\"*} rest=${line##*, line } number=${rest%% *}
                where=" Look at ${file#"$here/"}:$number."
            fi ;;
    esac
done
if [ -n "$frozen" ]; then
    how="has been inside C for too long, where nothing can interrupt it, so $run ends here."
elif [ -n "$crash" ]; then
    how="ended $run: the process crashed ($crash)."
else
    how="ended $run: the process was killed, or ended itself."
fi
printf '\nkata: %s %s%s\n' "$spec" "$how" "$where"
clear_away
"""

_PYTHON = r"""
import shutil, sys
room = spec = folder = here = frozen = crash = where = ""
run = "the whole run"
for line in sys.stdin:
    line = line.rstrip("\n")
    key, _, value = line.partition(":")
    if line == "bye":
        sys.exit()
    elif key == "say":
        print(f"\nkata: {value}", flush=True)
        shutil.rmtree(room, ignore_errors=True)
        sys.exit()
    elif key == "spec":
        spec, frozen, crash, where = value, "", "", ""
    elif key == "folder":
        folder = value
    elif key == "room":
        room = value
    elif key == "here":
        here = value
    elif key == "run":
        run = value
    elif line.startswith("Timeout"):
        frozen = "yes"
    elif key == "Fatal Python error":
        crash = value.strip()
    elif line.startswith('  File "' + folder) and not where:
        file, number = line.split('"')[1], line.rpartition(", line ")[2].split()[0]
        where = f" Look at {file.removeprefix(here)[1:] if file.startswith(here) else file}:{number}."
if frozen:
    how = f"has been inside C for too long, where nothing can interrupt it, so {run} ends here."
elif crash:
    how = f"ended {run}: the process crashed ({crash})."
else:
    how = f"ended {run}: the process was killed, or ended itself."
print(f"\nkata: {spec} {how}{where}", flush=True)
shutil.rmtree(room, ignore_errors=True)
"""


@contextlib.contextmanager
def _no_alarm_for_its_thread() -> Generator[None]:
    """A thread that is started meanwhile gets no alarm of the watchdog's, for as long as it lives.

    faulthandler's thread blocks all signals, but only once it runs. On a busy machine an alarm may reach it before
    that, and up to Python 3.12 a signal that another thread has got does not interrupt a loop of the main one: the
    watchdog never looked again.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGALRM,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class CrashReporter:
    """One for each run. It starts with the first spec, and costs two milliseconds."""

    def __init__(self, started_in: Path) -> None:
        self._started_in = started_in
        self._run = WHOLE_RUN
        self._process: subprocess.Popen[str] | None = None
        self._pipe: IO[str] | None = None
        self._seconds = SHORTEST
        self._next_beat = 0.0
        self._had_faulthandler = False
        # Later, pytest may have put its own file in the place of stderr.
        self._stderr: int | None = None
        with contextlib.suppress(OSError):
            self._stderr = os.dup(2)

    def speak_of(self, run: str, into: int) -> None:
        """In a process that is only a part of the run: what ends with it, and the open file for the sentence."""
        self._run = run
        if self._stderr is not None:
            os.close(self._stderr)
        self._stderr = into

    def watch(self, spec: str, folder: Path, room: Path, cut_off: float) -> None:
        """A spec begins. Its answer is in `folder`, and its copy in `room`, which is cleared if the process dies."""
        if self._process is None:
            self._start()
        self._seconds = max(SHORTEST, 3 * cut_off)
        self._say(f"folder:{folder}\nroom:{room}\nspec:{spec}")
        if self._pipe is not None and not faulthandler.is_enabled():
            # An answer before this one has turned it off.
            faulthandler.enable(file=self._pipe)
        self.beat()

    def beat(self) -> None:
        """A line of Python has run: the timer begins anew."""
        now = _monotonic()
        if self._pipe is not None and now >= self._next_beat:
            self._next_beat = now + _BEAT
            with _no_alarm_for_its_thread(), introducing():
                faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._pipe)

    def say(self, sentence: str) -> None:
        """The process is about to end itself, and this is why."""
        self._say(f"say:{sentence.replace(WHOLE_RUN, self._run)}")
        if self._pipe is not None and self._process is not None:
            with contextlib.suppress(OSError):
                self._pipe.close()
            self._process.wait()

    def rest(self) -> None:
        """No spec follows at once, or a person looks at this one."""
        faulthandler.cancel_dump_traceback_later()
        self._next_beat = 0.0

    def close(self) -> None:
        """The run has come to its end."""
        self.rest()
        if self._pipe is not None and self._process is not None:
            if self._had_faulthandler:
                faulthandler.enable(file=self._stderr if self._stderr is not None else 2)
            else:
                faulthandler.disable()
            self._say("bye")
            with contextlib.suppress(OSError):
                self._pipe.close()
            self._pipe = None
            self._process.wait()
        if self._stderr is not None:
            with contextlib.suppress(OSError):
                os.close(self._stderr)
            self._stderr = None

    def _start(self) -> None:
        shell = shutil.which("sh") if os.name == "posix" else None
        command = [shell, "-c", _SH] if shell else [sys.executable, "-I", "-S", "-c", _PYTHON]
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=self._stderr if self._stderr is not None else subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                errors="replace",
                # A Ctrl-C is for the run; and who ends the run's group still wants the sentence.
                start_new_session=os.name == "posix",
            )
            self._pipe = self._process.stdin
            self._say(f"here:{self._started_in}\nrun:{self._run}")
            self._had_faulthandler = faulthandler.is_enabled()
            if self._pipe is not None:
                faulthandler.enable(file=self._pipe)

    def _say(self, line: str) -> None:
        if self._pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                self._pipe.write(line + "\n")
                self._pipe.flush()
