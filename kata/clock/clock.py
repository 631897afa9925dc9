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
import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from kata.clock.idleness import Idleness
from kata.clock.schedules import KeptWaiting, Schedule
from kata.clock.strangers import Strangers

EPOCH = 1000.0
"""What `time.monotonic()` says when a spec starts, in seconds. A whole number keeps sums exact."""

LONGEST = 86_400.0
"""A spec that has lived through this many virtual seconds will never end by itself."""

MOST_JUMPS = 20_000
"""The same for the number of jumps: an endless stream of short sleeps."""

PATIENCE = 2.0
"""Idle real seconds, with work under way, after which real time is followed."""

STRANGERS_MAY_TAKE = 5.0
"""Idle real seconds before a deadlock is pronounced where a signal, or a thread that nobody announced, may end it."""

WATCHING_READS = 10_000
"""So many looks at a clock that stands still mean that somebody waits for it to move."""

WATCHING_STEP = 1 / 1024
"""How far time then moves on, in seconds. Such steps add up without rounding."""

SLICE = 0.25
"""How long a wait for a wake-up lasts, in real seconds, before it looks round for stuck work."""

# The names in `time` and `threading` are replaced while specs run; the clock itself needs the real
# ones.
real_monotonic = time.monotonic
real_time = time.time


class Deadlock(Exception):
    """Nothing can run, no timer is set and nobody outside is at work: nothing will ever happen."""


class NeverEnds(Exception):
    """Virtual time has run so long, or in so many steps, that the spec will never end by itself."""


@dataclass(eq=False)
class Workers:
    """The threads that serve one queue: an executor's, or the single one of a connection.

    Work queued behind them holds the clock only while one of them is awake to take it.
    """

    capacity: int
    parked: int = 0
    queued: int = 0
    turns: set[Turn] = field(default_factory=set["Turn"])
    """The work that is not done yet."""


@dataclass(eq=False)
class Turn:
    """One piece of work that holds the clock while it is neither parked nor queued."""

    name: str
    workers: Workers | None = None
    clock: Clock | None = None
    primary: bool = False
    queued: bool = False
    done: bool = False
    where: str | None = None
    thread: int | None = None
    elsewhere_until: float = 0.0
    park: Park | None = None
    reads: int = 0
    reads_at: float = 0.0
    joiners: list[Park] = field(default_factory=list["Park"])
    made: float | None = None
    """When the work was handed over, in seconds of the clock."""
    begun: float | None = None
    """When a thread began with it."""
    number: int = field(default_factory=itertools.count().__next__)
    """Turns are numbered in the order in which the work was handed over."""


class Park:
    """One wait: until `deadline` (virtual seconds, or None), or until somebody calls `release`.

    It has the two methods that `threading.Condition` needs of a waiter, so it can stand in for one.
    """

    def __init__(self, clock: Clock, turn: Turn, wake: Callable[[], None] | None = None) -> None:
        self.clock = clock
        self.turn = turn
        self.deadline: float | None = None
        self.released = False
        self.due = False
        self.real = False
        self.hears_signals = False
        self.error: BaseException | None = None
        self._lock = _thread.allocate_lock()
        self._lock.acquire()
        self._wake = wake

    def wake(self) -> None:
        if self._wake is None:
            self._lock.release()
        else:
            self._wake()

    def release(self) -> None:
        """Wake this wait: the work it belongs to holds the clock from this instant."""
        self.clock.release(self)

    def wait(self) -> bool:
        """Block the calling thread until released. False if the deadline came first."""
        stuck = Stuck(self.clock)
        while not self._lock.acquire(True, SLICE):
            stuck.look()
        if self.error is not None:
            raise self.error
        return not self.due


class Stuck:
    """Notices work that stands still although it should not, and then lets real time pass.

    Work can wait in a place that no door announces: a lock written in C, a socket. After `PATIENCE`
    idle seconds without any change the clock follows real time, so such work is slow but right. Time in
    which a thread only stands in line for a processor is not idle: a busy machine moves no clock.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.version = clock.version
        self.idle = Idleness()
        self.last = real_monotonic()

    def look(self) -> None:
        now = real_monotonic()
        if self.clock.version != self.version:
            self.version = self.clock.version
            self.idle.reset()
        elif self.clock.stalled:
            self.clock.look_again()
        elif self.idle.look() > PATIENCE and not self.clock.works_elsewhere:
            self.clock.elapse(now - self.last, although_held=True)
            self.version = self.clock.version
        self.last = now


class Clock:
    """Virtual time for one spec, shared by every event loop and thread of the answer.

    `now` is in seconds since the spec began. The methods may be called from any thread.
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
        self._lock = _thread.allocate_lock()
        self._working: set[Turn] = set()
        self._parked: set[Park] = set()
        self._deadlines: list[tuple[float, int, Park]] = []
        self._order = itertools.count()
        self._queues: set[Workers] = set()
        self._real_waits = 0
        self.schedule = Schedule()
        self.kept_waiting: KeptWaiting[Park] = KeptWaiting()
        self._strangers = Strangers()
        self._strangers_had_their_time = False
        self._waits_for_strangers: Idleness | None = None
        self._stalled_at = -1
        self.turns = 0
        """Turns of loops that had something to do, since time last moved. See `kata.clock.polling`."""
        self.round_trips = 0
        """The same for rests of loops, which others ended."""
        self.looks: int = 0

    # Work begins and ends.

    def begin(self, name: str, *, primary: bool = False, elsewhere: float = 0.0) -> Turn:
        """A turn of work that holds the clock from now on.

        `elsewhere` is for so many real seconds at most in another process, which must first be started.
        """
        turn = Turn(name, primary=primary, made=self.now, begun=self.now)
        turn.elsewhere_until = real_monotonic() + elsewhere
        with self._lock:
            self.version += 1
            self._working.add(turn)
        return turn

    def queue(self, name: str, workers: Workers) -> Turn:
        """A turn of work that waits in line for one of `workers`."""
        turn = Turn(name, workers=workers, clock=self, queued=True, made=self.now)
        with self._lock:
            self.version += 1
            workers.queued += 1
            workers.turns.add(turn)
            self._queues.add(workers)
        return turn

    def take(self, turn: Turn) -> None:
        """A worker takes queued work out of the line."""
        with self._lock:
            self.version += 1
            turn.begun = self.now
            self._unqueue(turn)
            self._working.add(turn)

    def begins(self, turn: Turn) -> None:
        """A thread is about to do what it was handed. Returns when the schedule lets it begin."""
        if not self.schedule.late:
            return
        park = Park(self, turn)
        with self._lock:
            if self.primary_park() is not None:
                return  # the loop rests already
            self.kept_waiting.thread(park)
        try:
            self.wait(park, None)
        except BaseException:
            # If the spec is over, the work meets that by itself.
            if self.abandoned is None:
                raise

    def finish(self, turn: Turn) -> None:
        """The work is over and its result has been posted. A second call does nothing."""
        with self._lock:
            if turn.done:
                return
            turn.done = True
            self.version += 1
            self._unqueue(turn)
            self._working.discard(turn)
            if turn.workers is not None:
                turn.workers.turns.discard(turn)
            for park in turn.joiners:
                self._release(park, due=False)
            self._advance()

    def _unqueue(self, turn: Turn) -> None:
        if turn.queued and turn.workers is not None:
            turn.queued = False
            turn.workers.queued -= 1
            if not turn.workers.queued:
                self._queues.discard(turn.workers)

    @property
    def follows_real_time(self) -> bool:
        """True while somebody waits for a real socket or for another process."""
        return self._real_waits > 0

    # Work waits.

    def sleep(self, turn: Turn, seconds: float) -> None:
        """Park the calling thread for so many virtual seconds."""
        park = Park(self, turn)
        self.park(park, self.now + seconds)
        if not park.released:
            park.wait()
        elif park.error is not None:
            raise park.error

    def join(self, turn: Turn, other: Turn, timeout: float | None) -> bool:
        """Park until the work `other` is over. False if `timeout` virtual seconds came first."""
        park = Park(self, turn)
        with self._lock:
            if other.done:
                return True
            other.joiners.append(park)
        return self.wait(park, timeout)

    def wait(self, park: Park, timeout: float | None) -> bool:
        """Park until released, or for `timeout` virtual seconds. False if the time-out came first."""
        self.park(park, None if timeout is None else self.now + max(timeout, 0.0))
        if not park.released:
            return park.wait()
        if park.error is not None:
            raise park.error
        return not park.due

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
            park.deadline = deadline
            park.real = real
            self._real_waits += real
            park.turn.park = park
            if park.turn.workers is not None:
                park.turn.workers.parked += 1
            self._working.discard(park.turn)
            self._parked.add(park)
            if deadline is not None:
                place = self.schedule.place(park.turn, next(self._order))
                heapq.heappush(self._deadlines, (deadline, place, park))
            self._advance(own=park)

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

    def primary_park(self) -> Park | None:
        """Where the spec's own loop is parked, if it is."""
        return next((park for park in self._parked.copy() if park.turn.primary), None)

    def interrupt(self, park: Park, error: BaseException) -> None:
        """Wake a parked turn with an error to raise, from outside."""
        with self._lock:
            if park in self._parked:
                self.fail(park, error)

    def _release(self, park: Park, *, due: bool, own: Park | None = None) -> None:
        if park.released:
            return
        self.version += 1
        park.released = True
        park.due = due
        if park in self._parked:
            self._parked.discard(park)
            self._real_waits -= park.real
            park.turn.park = None
            if park.turn.workers is not None:
                park.turn.workers.parked -= 1
            self._working.add(park.turn)
            if park is not own:
                park.wake()

    # Time moves.

    def _held(self) -> bool:
        return bool(self._working) or self._has_work_in_line()

    def _has_work_in_line(self) -> bool:
        return any(workers.parked < workers.capacity for workers in self._queues)

    def _earliest(self) -> Park | None:
        while self._deadlines and self._deadlines[0][2].released:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][2] if self._deadlines else None

    def _advance(self, own: Park | None = None) -> None:
        if self._held() or not self._parked or self._follow_schedule(own) or self._real_waits:
            return
        park = self._earliest()
        if park is None or self.nothing_but_time:
            if park is None and self._may_be_woken():
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
        park = self._earliest()
        is_due = park is not None and (park.deadline or 0.0) <= self.now and not park.turn.primary
        waiting = self.kept_waiting.next(thread_is_due=is_due and not self._real_waits)
        # A loop that found its work before it was at rest has gone on already.
        resting = [each for each in waiting if each in self._parked]
        for each in resting:
            self._release(each, due=False, own=own)
        return bool(resting)

    def hold_back(self, loop: Park) -> None:
        """A loop goes on when no thread is at work or due any more. For a thread at work that has something for it."""
        with self._lock:
            self.kept_waiting.loop(loop)

    def hurry(self) -> None:
        """Whoever is at work waits for one whom the schedule keeps waiting, so this one goes on."""
        with self._lock:
            for park in self.kept_waiting.next(thread_is_due=False):
                self._release(park, due=False)

    def _may_be_woken(self) -> bool:
        """Whether somebody whom the clock does not see may still wake one of those who are parked."""
        if self._strangers_had_their_time:
            return False
        hears = any(park.hears_signals for park in self._parked)
        if not hears and not self._strangers.are_here():
            return False
        if self._waits_for_strangers is None:
            self._waits_for_strangers = Idleness()
        self._strangers_had_their_time = self._waits_for_strangers.look() > STRANGERS_MAY_TAKE
        return not self._strangers_had_their_time

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
            self.progress()

    def elapse(self, seconds: float, *, although_held: bool = False) -> None:
        """Let virtual time follow `seconds` of real time, at most up to the next awaited moment."""
        with self._lock:
            if self._held() and not although_held:
                return
            self.version += although_held
            park = self._earliest()
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
            for park in list(self._parked):
                self.fail(park, error)

    @property
    def works_elsewhere(self) -> bool:
        """True while another process works for the answer, and may still be starting up."""
        now = real_monotonic()
        return any(turn.elsewhere_until > now for turn in self.at_work())

    def at_work(self) -> list[Turn]:
        """The turns that hold the clock now. It takes no lock, so a signal handler may ask."""
        return list(self._working.copy())

    @property
    def in_the_middle(self) -> bool:
        """True while some thread changes the clock. A signal handler then leaves it alone."""
        return self._lock.locked()

    # Who watches the clock moves it.

    def watched_by(self, turn: Turn) -> bool:
        """Count one look at the clock; True if somebody plainly waits for it to move."""
        self.looks += 1
        if turn.reads_at != self.now:
            # Having moved the clock once, the watcher need not prove itself again.
            turn.reads = max(turn.reads - 50, 0) if turn.reads >= WATCHING_READS else 0
            turn.reads_at = self.now
        turn.reads += 1
        return turn.reads > WATCHING_READS

    def progress(self) -> None:
        """Something was achieved, so the loop's turns were not in vain."""
        self.turns = self.round_trips = 0

    def has_been_woken(self) -> None:
        """A loop has something to do: strangers have all their time again."""
        self._waits_for_strangers = None

    def skip_to(self, moment: float | None, step: float | None) -> bool | None:
        """Move on to the next awaited moment although the loop still turns.

        `moment` is the next timer of the loop that turns. For one that reads the clock, a `step` of so many seconds
        will do as well. None if somebody else works, False if there is no moment.
        """
        with self._lock:
            if len(self._working) > 1 or self._has_work_in_line():
                return None
            park = self._earliest()
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


class _Mine(threading.local):
    turn: Turn | None = None
    clock: Clock | None = None
    starting: bool = False

    def adopt(self, turn: Turn | None, clock: Clock | None) -> None:
        """From now on the calling thread works on `turn`."""
        self.turn, self.clock = turn, clock
        if turn is not None:
            turn.thread = _thread.get_ident()

    def drop(self) -> None:
        """The calling thread works on nothing of a spec any more."""
        self.turn = self.clock = None


mine = _Mine()
"""The turn that the calling thread works on, and its clock. Threads without one live in real time."""
