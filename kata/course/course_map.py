"""The course map: where the learner stands, as text.

Pure functions from standings to lines. They know nothing of pytest or of a terminal: whoever calls
them says how wide the place is and whether it can show box characters and colours. State is always
said in words and shown by a mark; colour only repeats it.
"""

import os
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from kata.course.course import Exercise

State = Literal["solved", "started", "not started", "not handed in", "partly run", "not run"]

NOT_HANDED_IN: State = "not handed in"
"""There is no file to judge, although somebody's hand-in is judged."""


@dataclass(frozen=True)
class Standing:
    """How one exercise stands after a run, by the specs that were run.

    "partly run": all that were run passed, but others were not, so nobody knows whether it is solved.
    """

    exercise: Exercise
    state: State
    passed: int = 0
    total: int = 0
    """How many specs were run."""
    answer: Path | None = None  # the file to open, where it is not the learner's own
    as_before: bool = False
    """It was not run again, since nothing that its specs depend on has changed."""

    @property
    def said(self) -> str:
        """The state in words."""
        return f"{self.state}, as before" if self.as_before else self.state


@dataclass(frozen=True)
class _Signs:
    marks: dict[State, str]
    cells: dict[State, str]
    pointer: str
    cut: str
    dot: str


_Paint = Callable[[str, str], str]

_DRAWN = _Signs(
    marks={
        "solved": "✓",
        "started": "◐",
        "not started": "○",
        "not handed in": "□",
        "partly run": "◐",
        "not run": "–",
    },
    cells={
        "solved": "█",
        "started": "▒",
        "not started": "░",
        "not handed in": "░",
        "partly run": "▒",
        "not run": "·",
    },
    pointer="→",
    cut="…",
    dot="·",
)
_PLAIN = _Signs(
    marks={
        "solved": "[x]",
        "started": "[~]",
        "not started": "[ ]",
        "not handed in": "[?]",
        "partly run": "[~]",
        "not run": "[-]",
    },
    cells={
        "solved": "#",
        "started": "=",
        "not started": ".",
        "not handed in": ".",
        "partly run": "=",
        "not run": "-",
    },
    pointer=">",
    cut="~",
    dot="-",
)

_BOLD = "1"
_FAINT = "2"
_COLOURS: dict[State, str] = {
    "solved": "32",
    "started": "33",
    "not started": "",
    "partly run": "",
    "not handed in": "",
    "not run": _FAINT,
}

# Past this many exercises, a part in one state is one line; past this many lines, neighbours in the
# same state share one, so that the map still fits on a screen.
_ROWS = 12
# So many neighbours that were not run share a line in any case: there is nothing to tell them apart
# by.
_NOT_RUN_TOGETHER = 3
_STATE_WIDTH = len("not started")  # grows where something is not handed in


def can_draw(encoding: str | None) -> bool:
    """Whether a stream with this encoding can carry the signs of the drawn map."""
    signs = "".join((*_DRAWN.marks.values(), *_DRAWN.cells.values(), _DRAWN.pointer, _DRAWN.cut))
    try:
        signs.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def state_of(outcomes: Iterable[str]) -> State:
    """An exercise's state, from what came of each spec that ran.

    Nothing passes and a route says that it is not written yet: the work has not begun. Whether
    the other specs of such an answer fail or not tells nothing more.
    """
    came = list(outcomes)
    if not came:
        return "not run"
    if all(each == "passed" for each in came):
        return "solved"
    if NOT_HANDED_IN in came:
        return NOT_HANDED_IN
    if "passed" not in came and "not started" in came:
        return "not started"
    return "started"


def next_up(standings: Sequence[Standing]) -> Standing | None:
    """What to do next: the first that ran and is not solved, else the one that follows what is solved.

    None when no exercise is known to come next. What was not run may be solved or not: so after a
    run of one solved exercise the next is the one that follows it, and not the first of the course;
    and where only a part of an exercise was run, the rest of it comes first.
    """
    for standing in standings:
        if standing.state in ("started", "not started", NOT_HANDED_IN):
            return standing
    if any(each.state == "partly run" for each in standings):
        return None
    last = max((i for i, each in enumerate(standings) if each.state == "solved"), default=-1)
    following = standings[last + 1 :] if last >= 0 else ()
    return next((each for each in following if each.state == "not run"), None)


def just_solved(standings: Sequence[Standing]) -> Standing | None:
    """The solved one that somebody has been at, as far as a run tells: nothing after it has been begun.

    None while something else is under way.
    """
    ran = [each for each in standings if each.state != "not run"]
    if not all(each.state in ("solved", "not started") for each in ran):
        return None
    solved = [each for each in ran if each.state == "solved"]
    return solved[-1] if solved else None


def render(
    standings: Sequence[Standing],
    *,
    width: int = 80,
    unicode: bool = True,
    colour: bool = False,
    start: Path | None = None,
    everything: bool = False,
) -> str:
    """The map, without a newline at its end.

    With `everything` each exercise has a line, however many there are. Otherwise the numbers are those of
    part one as long as that is not solved and nothing of part two has run. Paths are shown as seen from
    `start`, the working folder. They are never cut, so that they can be copied; on a very narrow terminal
    they are the only lines that may be longer than `width`.
    """
    if not standings:
        return "There are no exercises here."
    signs = _DRAWN if unicode else _PLAIN
    paint = _ansi if colour else _plain
    following = next_up(standings)
    counted, title = list(standings), "The course"
    if not everything and (first := _part_at_work(standings)):
        counted, title = first, _name_of_part(first[0].exercise.part)
    lines = [_headline(title, counted, signs, width, paint)]
    lines += _rows(
        _groups(standings, following, everything), standings, following, signs, width, paint
    )
    lines += _what_now(standings, following, signs, width, paint, start)
    text = "\n".join(lines)
    return text if unicode else text.encode("ascii", "replace").decode("ascii")


def _plain(text: str, code: str) -> str:
    return text


def _ansi(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _part_at_work(standings: Sequence[Standing]) -> list[Standing]:
    """The first part, if the run was about it and nobody knows it to be solved; nothing of the others has run."""
    part = standings[0].exercise.part
    first = [each for each in standings if each.exercise.part == part]
    later = standings[len(first) :]
    ran = any(each.state != "not run" for each in first)
    solved = all(each.state == "solved" for each in first)
    still_to_come = bool(later) and all(each.state == "not run" for each in later)
    return first if ran and not solved and still_to_come else []


def _name_of_part(part: int) -> str:
    return f"Part {('one', 'two')[part - 1]}"


def _headline(
    title: str, standings: Sequence[Standing], signs: _Signs, width: int, paint: _Paint
) -> str:
    """The bar, and how far that is in numbers."""
    exercises = len(standings)
    ran = [each for each in standings if each.state != "not run"]
    solved = sum(each.state == "solved" for each in standings)
    passed = sum(each.passed for each in ran)
    total = sum(each.total for each in ran)
    if any(each.state == "partly run" for each in ran):
        long = short = f"{total} spec{'' if total == 1 else 's'} run, {passed} passed"
    elif len(ran) == exercises:
        long = f"{solved} of {exercises} solved, {passed} of {total} specs pass"
        short = f"{solved}/{exercises} solved, {passed}/{total} specs"
    else:
        long = f"{len(ran)} of {exercises} run: {solved} solved, {passed} of {total} specs pass"
        short = f"{len(ran)}/{exercises} run: {solved} solved, {passed}/{total} specs"
    room = width - len(title) - len(long) - 4
    if room < min(exercises, 10):
        title, long = "", short
        room = width - len(long) - 2
    # Two cells an exercise where there is room for it, one on a narrow screen, and a share of one
    # in a long course.
    cells = max(5, min(room, exercises * (2 if room >= 2 * exercises else 1)))
    states: list[State] = [standings[cell * exercises // cells].state for cell in range(cells)]
    bar = "".join(paint(signs.cells[state], _COLOURS[state]) for state in states)
    return "  ".join(part for part in (paint(title, _BOLD) if title else "", bar, long) if part)


@dataclass(frozen=True)
class _Row:
    """One line of the map: an exercise, or neighbours that share it."""

    number: str
    title: str
    standing: Standing
    is_next: bool


def _rows(
    groups: list[list[Standing]],
    standings: Sequence[Standing],
    following: Standing | None,
    signs: _Signs,
    width: int,
    paint: _Paint,
) -> list[str]:
    """A line for each exercise, or for the neighbours that share one."""
    rows: list[_Row] = []
    for group in groups:
        exercise = group[0].exercise
        if len(group) == 1:
            rows.append(_Row(exercise.number, exercise.title, group[0], group[0] is following))
        else:
            of_a_part = _is_a_part(group, standings) and len(group) < len(standings)
            rows.append(_shared(group, _name_of_part(exercise.part) if of_a_part else ""))
    return _lines(rows, signs, width, paint)


def _groups(
    standings: Sequence[Standing], following: Standing | None, everything: bool
) -> list[list[Standing]]:
    """The exercises that share a line, and those that have one to themselves."""
    if everything:
        return [[each] for each in standings]
    alike = _neighbours_alike(standings, following)
    groups: list[list[Standing]] = []
    for group in alike:
        few = group[0].state == "not run" and len(group) >= _NOT_RUN_TOGETHER
        if few or (len(standings) > _ROWS and _is_a_part(group, standings)):
            groups.append(group)
        else:
            groups += [[each] for each in group]
    return groups if len(groups) <= _ROWS else alike


def _is_a_part(group: Sequence[Standing], standings: Sequence[Standing]) -> bool:
    """Whether neighbours are all that there is of their part."""
    part = group[0].exercise.part
    return len(group) == sum(each.exercise.part == part for each in standings)


def _neighbours_alike(
    standings: Sequence[Standing], following: Standing | None
) -> list[list[Standing]]:
    """The standings in groups of neighbours of one part with one state; what is next stands alone."""

    def kind(each: Standing) -> tuple[int, State, bool]:
        return each.exercise.part, each.state, each is following

    return [list(group) for _, group in groupby(standings, kind)]


def _shared(group: list[Standing], name: str) -> _Row:
    """One row for a whole group, with its name if it has one, and the sums of its specs."""
    first, last = group[0], group[-1]
    passed, total = sum(each.passed for each in group), sum(each.total for each in group)
    return _Row(
        f"{first.exercise.number}-{last.exercise.number}",
        f"{name}: {len(group)} exercises" if name else f"{len(group)} exercises",
        Standing(
            first.exercise,
            first.state,
            passed,
            total,
            as_before=all(each.as_before for each in group),
        ),
        is_next=False,
    )


def _lines(rows: list[_Row], signs: _Signs, width: int, paint: _Paint) -> list[str]:
    """The rows as columns of one width each; a title is cut where there is no room for it."""
    number_width = max(len(row.number) for row in rows)
    specs_width = max(len(_specs(row.standing)) for row in rows)
    mark_width = len(signs.marks["solved"])
    state_width = max(_STATE_WIDTH, *(len(row.standing.said) for row in rows))
    around = 2 + mark_width + 1 + number_width + 1 + 2 + state_width + 2 + specs_width
    title_width = max(4, min(width - around, max(len(row.title) for row in rows)))
    lines: list[str] = []
    for row in rows:
        title, state = row.title, row.standing.state
        if len(title) > title_width:
            title = title[: title_width - 1] + signs.cut
        text = " ".join(
            (
                signs.pointer if row.is_next else " ",
                signs.marks[state],
                row.number.ljust(number_width),
                title.ljust(title_width),
                "",
                row.standing.said.ljust(state_width),
                "",
                _specs(row.standing).rjust(specs_width),
            )
        )
        code = ";".join(filter(None, (_BOLD if row.is_next else "", _COLOURS[state])))
        lines.append(paint(text.rstrip(), code))
    return lines


def _specs(standing: Standing) -> str:
    return "" if standing.state == "not run" else f"{standing.passed}/{standing.total}"


def _what_now(
    standings: Sequence[Standing],
    following: Standing | None,
    signs: _Signs,
    width: int,
    paint: _Paint,
    start: Path | None,
) -> list[str]:
    """What is next, the file to open, the lesson, the command for a hint."""
    if following is None and all(each.state == "solved" for each in standings):
        first = standings[0].exercise.number
        return [
            *_next("nothing: all is solved", width, paint),
            f"Compare kata solution {first}",
        ]
    if following is None:
        return _run_the_rest(standings, width, paint, start)
    exercise = following.exercise
    minutes = f" ({exercise.minutes} minutes)" if exercise.minutes else ""
    title = f"{exercise.number} {signs.dot} {exercise.title}{minutes}"
    if following.state == "not run":
        title += ", not run this time"
    return [
        *_next(title, width, paint),
        f"Open    {_seen_from(following.answer or exercise.answer, start)}",
        f"Lesson  {_seen_from(exercise.lesson, start)}",
        f"Hint    kata hint {exercise.number}",
    ]


def _next(what: str, width: int, paint: _Paint) -> list[str]:
    """The line that says what is next, or two where one has no room for it."""
    heads = ("Next    ", *[" " * 8] * len(what))
    lines = textwrap.wrap(what, max(width - 8, 1), break_long_words=False)
    return [head + paint(line, _BOLD) for head, line in zip(heads, lines, strict=False)]


def _run_the_rest(
    standings: Sequence[Standing], width: int, paint: _Paint, start: Path | None
) -> list[str]:
    """What ran has passed, and the rest is unknown: how to run that."""
    partly = [each.exercise for each in standings if each.state == "partly run"]
    if len(partly) == 1:
        what, folder = f"run the other specs of {partly[0].number}", partly[0].folder
    else:
        what, folder = "run all specs", standings[0].exercise.folder.parent
    lines = _next(what, width, paint)
    if all(each.answer is None for each in standings):  # else the command needs an option
        lines.append(f"Run     pytest {_seen_from(folder, start)}")
    return lines


def _seen_from(path: Path, start: Path | None) -> str:
    """The path as the learner would type it in the working folder."""
    try:
        return os.path.relpath(path, start or path.parents[2])
    except ValueError:  # Windows: another drive
        return str(path)
