"""The virtual clock: time stands still while anything works, and jumps when nothing does.

Everything that can work holds a `Turn`. A turn is *working*, *queued* behind a busy worker, or
*parked*: waiting until a moment, or until somebody wakes it. While any turn works, time stands
still. When all are parked, time jumps to the earliest moment that one of them waits for, and that
one goes on. When none of them waits for a moment, nothing will ever happen again: a deadlock.

A wake-up hands the work over before the waker rests, so there is no instant in which work is under
way and nobody holds the clock. That is what makes time exact on a busy machine.

The idea of a clock that jumps when all tasks are idle is trio's `MockClock`. Turns for threads are
this project's own.
"""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable

from kata.clock.at_work import AtWork
from kata.clock.effort import Effort
from kata.clock.machine_time import real_monotonic, real_time
from kata.clock.parked import Parked
from kata.clock.schedules import KeptWaiting, Schedule
from kata.clock.strangers import Strangers
from kata.clock.turns import Park, Turn, Workers

EPOCH = 1000.0
"""What `time.monotonic()` says when a spec starts, in seconds. A whole number keeps sums exact."""

LONGEST = 86_400.0
"""A spec that has lived through this many virtual seconds will never end by itself."""

MOST_JUMPS = 20_000
"""The same for the number of jumps: an endless stream of short sleeps."""


class Deadlock(Exception):
    """Nothing can run, no timer is set and nobody outside is at work: nothing will ever happen."""


class NeverEnds(Exception):
    """Virtual time has run so long, or in so many steps, that the spec will never end by itself."""


class Clock:
    """Virtual time for one spec, shared by every event loop and thread of the answer.

    `now` is in seconds since the spec began. The methods may be called from any thread. They take the one lock, which
    guards `at_work`, `parked` and `kept_waiting` as well.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.version = 0
        self.jumps = 0
        self.moments: deque[float] = deque(maxlen=10_000)
        """Where time stood still: the moments that something waited for, and steps of real time."""
        self.longest = LONGEST
        self.most_jumps = MOST_JUMPS
        self.wall = float(int(real_time()))
        self.on_stall: Callable[[Clock], None] | None = None
        self.abandoned: BaseException | None = None
        # Reentrant, since Python collects garbage wherever it likes: what a finalizer announces or wakes, such as a
        # connection that is closed as it is dropped, may come in the middle of a change.
        self._lock = _thread.RLock()
        self.schedule = Schedule()
        self.kept_waiting: KeptWaiting[Park] = KeptWaiting(self._lock, self._let_go)
        self.strangers = Strangers()
        self.at_work = AtWork()
        self.parked = Parked(self.schedule)
        self._stalled_at = -1
        self.effort = Effort()

    # Work begins and ends.

    def begin(self, name: str, *, primary: bool = False, elsewhere: float = 0.0) -> Turn:
        """A turn of work that holds the clock from now on.

        `elsewhere` is for so many real seconds at most in another process, which must first be started.
        """
        turn = Turn(name, primary=primary, made=self.now, begun=self.now)
        turn.elsewhere_until = real_monotonic() + elsewhere
        with self._lock:
            self.version += 1
            self.at_work.add(turn)
        return turn

    def queue(self, name: str, workers: Workers) -> Turn:
        """A turn of work that waits in line for one of `workers`."""
        turn = Turn(name, workers=workers, clock=self, queued=True, made=self.now)
        with self._lock:
            self.version += 1
            self.at_work.queue(turn, workers)
        return turn

    def take(self, turn: Turn) -> None:
        """A worker takes queued work out of the line."""
        with self._lock:
            self.version += 1
            turn.begun = self.now
            self.at_work.take(turn)

    def finish(self, turn: Turn) -> None:
        """The work is over and its result has been posted. A second call does nothing."""
        with self._lock:
            if turn.done:
                return
            turn.done = True
            self.version += 1
            self.effort.results += not turn.primary
            self.at_work.finish(turn)
            for park in turn.joiners:
                self._let_go(park)
            self._advance()

    def shortened(self, idle: float) -> float:
        """How many of so many idle seconds are to be waited for: all of them, since they cost nothing here."""
        return idle

    # Work waits.

    def park(self, park: Park, deadline: float | None, *, real: bool = False) -> None:
        """Give up the clock until `deadline`, or until released. Returns at once, perhaps released.

        `real` says that a real socket or process may wake it: time then follows real time.
        """
        with self._lock:
            if park.released:
                return
            if self.abandoned is not None:
                park.error = self.abandoned
                park.released = True
                return
            self.version += 1
            park.real = real
            park.turn.park = park
            self.effort.results += not park.turn.primary
            self.at_work.rest(park.turn)
            self.parked.add(park, deadline, now=self.now)
            self._advance(own=park)

    def wakes_at_end_of(self, work: Turn, park: Park) -> bool:
        """Release `park` when `work` is over. False if it is over already."""
        with self._lock:
            if work.done:
                return False
            work.joiners.append(park)
            return True

    def release(self, park: Park) -> None:
        """Wake a parked turn, or one that is about to park."""
        with self._lock:
            self._release(park, due=False)

    def resume(self, park: Park) -> None:
        """The calling thread goes on by itself, whether it has been released or not."""
        with self._lock:
            self._release(park, due=False, own=park)

    def fail(self, park: Park, error: BaseException) -> None:
        """Wake a parked turn with an error to raise. For `on_stall`, which runs under the lock."""
        park.error = error
        self._release(park, due=False)

    def interrupt(self, park: Park, error: BaseException) -> None:
        """Wake a parked turn with an error to raise, from outside."""
        with self._lock:
            if park in self.parked:
                self.fail(park, error)

    def _let_go(self, park: Park) -> None:
        self._release(park, due=False)

    def _release(self, park: Park, *, due: bool, own: Park | None = None) -> None:
        if park.released:
            return
        self.version += 1
        park.released = True
        park.due = due
        if park in self.parked:
            self.parked.remove(park)
            park.turn.park = None
            self.at_work.go_on(park.turn)
            if park is not own:
                park.wake()

    # Time moves.

    def _advance(self, own: Park | None = None) -> None:
        if self.at_work or not self.parked or self._follow_schedule(own) or self.parked.real:
            return
        park = self.parked.earliest()
        if park is None or self.nothing_but_time:
            if park is None and self.strangers.may_wake(hear_signals=self.parked.hear_signals):
                self._stalled_at = self.version
            elif self.on_stall is not None:
                self.on_stall(self)
            return
        self._move(park.deadline or 0.0)
        self.jumps += 1
        self._release(park, due=True, own=own)

    def _follow_schedule(self, own: Park | None) -> bool:
        """Let those go on, at this moment, whom the schedule has kept waiting. False if there are none."""
        if not self.kept_waiting:
            return False
        park = self.parked.earliest()
        is_due = park is not None and (park.deadline or 0.0) <= self.now and not park.turn.primary
        waiting = self.kept_waiting.next(thread_is_due=is_due and not self.parked.real)
        # A loop that found its work before it was at rest has gone on already.
        resting = [each for each in waiting if each in self.parked]
        for each in resting:
            self._release(each, due=False, own=own)
        return bool(resting)

    def keeps_waiting(self, thread: Park) -> bool:
        """A thread that parks next goes on when nobody is at work. False if the spec's loop rests already."""
        with self._lock:
            if self.parked.primary() is not None:
                return False
            self.kept_waiting.thread(thread)
            return True

    @property
    def stalled(self) -> bool:
        """True while everything waits, for no moment, and only a stranger can wake it."""
        return self._stalled_at == self.version

    def look_again(self) -> None:
        """Whether the strangers have had enough time by now."""
        with self._lock:
            if self.stalled:
                self._advance()

    def _move(self, moment: float) -> None:
        if moment > self.now:
            self.now = moment
            self.moments.append(moment)
            self.effort.achieved()

    def elapse(self, seconds: float, *, although_held: bool = False) -> None:
        """Let virtual time follow `seconds` of real time, at most up to the next awaited moment."""
        with self._lock:
            if self.at_work and not although_held:
                return
            park = self.parked.earliest()
            # Where the loop's thread itself stands still, and nobody waits for a moment, time can bring nothing: that
            # is no progress, and the watchdog ends it.
            if park is not None or self.parked.primary() is not None:
                self.version += although_held
            if park is not None and (park.deadline or 0.0) <= self.now + seconds:
                self._move(park.deadline or 0.0)
                self._release(park, due=True)
            else:
                self._move(self.now + seconds)

    @property
    def nothing_but_time(self) -> bool:
        """True if the clock stopped because time ran on for ever, not because nobody was left."""
        return self.now > self.longest or self.jumps > self.most_jumps

    def grant_time_to_clean_up(self) -> None:
        """After a fault, let the answer's own clean-up take its time, within bounds."""
        self.longest = self.now + 3_600.0
        self.most_jumps = self.jumps + 1_000

    def abandon(self, error: BaseException) -> None:
        """Wake everything that is parked, or will park, with `error`: the spec is over."""
        with self._lock:
            self.on_stall = None
            self.abandoned = error
            for park in self.parked.all():
                self.fail(park, error)

    @property
    def works_elsewhere(self) -> bool:
        """True while another process works for the answer, and may still be starting up."""
        return self.at_work.is_elsewhere

    @property
    def in_the_middle(self) -> bool:
        """True while some thread changes the clock. A signal handler then leaves it alone."""
        is_owned: Callable[[], bool] = getattr(self._lock, "_is_owned")  # noqa: B009
        if is_owned() or not self._lock.acquire(blocking=False):
            return True
        self._lock.release()
        return False

    def skip_to(self, moment: float | None, step: float | None) -> bool | None:
        """Move on to the next awaited moment although the loop still turns.

        `moment` is the next timer of the loop that turns. For one that reads the clock, a `step` of so many seconds
        will do as well. None if somebody else works, False if there is no moment.
        """
        with self._lock:
            if self.at_work.are_several:
                return None
            park = self.parked.earliest()
            watched = None if step is None else self.now + step
            due = None if park is None else park.deadline
            moments = [each for each in (moment, due, watched) if each is not None]
            if not moments:
                return False
            self.jumps += 1
            if self.nothing_but_time:
                return False
            self._move(min(moments))
            if park is not None and park.deadline is not None and park.deadline <= self.now:
                self._release(park, due=True)
            return True
