"""A learner's tests, judged: they pass with the right app, and notice every broken one.

The broken apps of an exercise stand in `kata/suite/broken/NN_name/`, out of the learner's way. Each is the exercise's
given `main.py` with one mistake in it. In `kata/suite/right/NN_name/` stand apps that are right in another style: tests
that refuse one of them ask for more than the lesson does (Wrenn, Krishnamurthi and Fisler, "Who Tests the Testers?",
ICER 2018). `kata.suite.process` runs the tests, once for each app.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from kata.answer.copying import LeftOut, why_unreadable
from kata.answer.loading import display
from kata.feedback.failure import Finding, NotJudged, SpecFailure, short
from kata.suite import habits
from kata.suite.jobs import NOT_RUN, AppRun, InOrder, Job, TestOutcome
from kata.suite.process import Running, begin_tests, run_tests

BROKEN = Path(__file__).resolve().parent / "broken"

RIGHT = BROKEN.with_name("right")

OTHER_ORDERS: dict[InOrder, str] = {
    "backwards": "from the last to the first",
    "every second first": "with every second test first",
}
"""The orders in which the tests have to pass too, and what is said of each."""


class Suite:
    """The learner's tests, as a spec sees them. Every run is made once, when it is first asked for."""

    def __init__(
        self,
        exercise: Path,
        tests: Path,
        room: Path,
        *,
        cut_off: float,
        tree: Path | None = None,
    ) -> None:
        self.tests = tests
        self._tree = tree
        self.right = exercise / "main.py"
        self.broken = BROKEN / exercise.name
        others = sorted((RIGHT / exercise.name).glob("*.py")) or [self.right] * len(OTHER_ORDERS)
        # Each other app is run in another order: only if that fails, further runs tell which of the two it was.
        self._in_other_orders = [
            Job(app, order) for order, app in zip(OTHER_ORDERS, others, strict=True)
        ]
        self._reason_is_told = False
        self._further: dict[Job, AppRun] = {}
        self._room = room
        self._cut_off = cut_off
        self._running: Running | None = None

    def begin(self) -> None:
        """Let the runs begin now, so that they are over, or nearly so, when they are asked for."""
        if self._running is None and self._unreadable is None and self.tests.is_file():
            self._running = begin_tests(
                self.tests, self._jobs, self._room, cut_off=self._cut_off, tree=self._tree
            )

    def end(self) -> None:
        """End runs that nobody asked for."""
        if self._running is not None:
            self._running.end()

    @cached_property
    def _unreadable(self) -> LeftOut | None:
        return why_unreadable(self.tests, tree=self._tree)

    @cached_property
    def _jobs(self) -> list[Job]:
        apps = sorted(self.broken.glob("*.py"))
        return [
            Job(self.right, essential=True),
            *self._in_other_orders,
            *(Job(app, until_failure=True) for app in apps),
        ]

    @cached_property
    def _runs(self) -> dict[Job, AppRun]:
        self.begin()
        if self._running is None:
            return dict.fromkeys(self._jobs, AppRun((), ended=NOT_RUN))
        return dict(zip(self._jobs, self._running.outcomes(), strict=True))

    @property
    def with_the_right_app(self) -> AppRun:
        return self._runs[Job(self.right, essential=True)]

    @property
    def seconds(self) -> int:
        """How long the tests took with the given app, by their own clock."""
        return round(self.with_the_right_app.seconds)

    def _further_run(self, job: Job) -> AppRun:
        """A run that only a failure asks for."""
        if job not in self._further:
            (self._further[job],) = run_tests(self.tests, [job], self._room, cut_off=self._cut_off)
        return self._further[job]

    def with_a_broken_app(self, name: str) -> AppRun:
        return self._runs[Job(self.broken / f"{name}.py", until_failure=True)]

    def passes(self) -> None:
        """There are tests, and all of them pass with the given app."""
        self._reason_is_told = True
        name = display(self.tests)
        if self._unreadable is not None:
            _fail(f"{name} {self._unreadable.why}", self._unreadable.remedy)
        if not self.tests.is_file():
            _fail(f"there is no file {name}", f"Put your tests into {name}, and run again.")
        run = self.with_the_right_app
        if run.failed:
            self._fail_for(run)
        if run.ended:
            _fail(
                run.ended,
                "One of your tests runs or waits for ever: every test has to come to an end.",
            )
        if not run.tests:
            _fail(
                "no test", "pytest finds functions whose names begin with `test_`: there is none."
            )
        if not run.passed:
            _fail("every test was skipped", "A test that is skipped shows nothing: let it run.")

    def needs_no_network(self, why: str) -> None:
        """With the given app, no test tries to reach another machine."""
        hosts = self._passing().hosts
        if hosts:
            _fail(f"a connection to {hosts[0]}", why, expected="no connection to another machine")

    def passes_in_any_order(self, why: str) -> None:
        """With the given app, the tests pass in other orders too."""
        self._passing()
        expected = "the tests pass in any order"
        for both in self._in_other_orders:
            if not self._runs[both].all_pass:
                run = self._further_run(Job(self.right, both.order))
                if run.all_pass and self._further_run(Job(both.app)).all_pass:
                    run = self._runs[both]  # neither alone does it
                if not run.all_pass:
                    self._refuses(run, OTHER_ORDERS[both.order], expected, why)

    def passes_with(self, app: str, what: str, why: str) -> None:
        """All tests pass with that app too, which is right in another style. `what` it is, in a few words."""
        self._passing()
        path = RIGHT / self.broken.name / f"{app}.py"
        (both,) = (job for job in self._in_other_orders if job.app == path)
        if not self._runs[both].all_pass:
            run = self._further_run(Job(path))
            if not run.all_pass:
                self._refuses(run, f"with {what}", "every test passes with every right app", why)

    def _refuses(self, run: AppRun, said: str, expected: str, why: str) -> NoReturn:
        if not run.failed:
            _fail(f"{said}: {run.ended}", why, expected=expected)
        test = run.failed[0]
        raise SpecFailure(
            Finding(
                expected=expected,
                came=f"{said}, {_said(test)}",
                teaches=why,
                where=self._where(test),
                code=test.code,
            )
        )

    def takes_at_most(self, seconds: float, why: str) -> None:
        """With the given app, all the tests together take at most so long, by their own clock."""
        run = self._passing()
        if run.seconds > seconds:
            slowest = max(run.tests, key=lambda test: test.seconds)
            came = (
                f"{run.seconds:.0f} s by the clock of the tests; "
                f"the longest, {slowest.name}, takes {slowest.seconds:.0f} s"
            )
            _fail(came, why, expected=f"at most {seconds:g} s")

    def notices(self, app: str, why: str, *, calls: bool = False) -> None:
        """At least one test fails with the broken app of that name. `why` is for who has none.

        `calls` says that the app differs from the right one in the calls that it makes.
        """
        self._passing()
        path = self.broken / f"{app}.py"
        run = self.with_a_broken_app(app)
        if run.ended == NOT_RUN:
            _fail(NOT_RUN, "The runs before this one took too long. Find the test that hangs.")
        if run.failed or run.ended:
            return
        line, code = _first_difference(self.right, path)
        raise SpecFailure(
            Finding(
                expected="at least one of your tests fails with this broken app",
                came=_all_that_pass(run),
                where=f"{display(path)}:{line}",
                code=code,
                teaches=habits.taught(why, self._source, calls=calls),
            )
        )

    @cached_property
    def _source(self) -> str:
        try:
            return self.tests.read_text("utf-8", errors="replace")
        except OSError:
            return ""

    def _passing(self) -> AppRun:
        """The run with the right app. Nothing can be said of tests that don't pass there."""
        run = self.with_the_right_app
        if _not_started(run):
            self._fail_for(run)
        if not run.all_pass:
            if self._reason_is_told:
                raise NotJudged("your tests do not yet pass with the given main.py")
            self._reason_is_told = True
            raise SpecFailure(
                Finding(
                    came="your tests do not yet pass with the given main.py",
                    teaches="First let them pass there: whoever cries wolf at every app notices nothing.",
                )
            )
        return run

    def _fail_for(self, run: AppRun) -> None:
        test = run.failed[0]
        raise SpecFailure(
            Finding(
                expected="every test passes with the given main.py",
                came=_said(test),
                teaches=explained(test, run, self._source),
                where=self._where(test),
                code=test.code,
                not_started=_not_started(run),
            )
        )

    def _where(self, test: TestOutcome) -> str | None:
        return f"{display(self.tests)}:{test.line}" if test.line else None


def _fail(came: str, teaches: str, *, expected: str = "") -> NoReturn:
    raise SpecFailure(Finding(expected=expected, came=came, teaches=teaches))


def _not_started(run: AppRun) -> bool:
    return not run.passed and any(test.unfinished for test in run.failed)


def _all_that_pass(run: AppRun) -> str:
    count, others = len(run.passed), len(run.tests) - len(run.passed)
    if others:
        verbs = "passes" if count == 1 else "pass", "is" if others == 1 else "are"
        return (
            f"{count} of your tests {verbs[0]}, and {others} {verbs[1]} skipped or expected to fail"
        )
    return "your one test passes" if count == 1 else f"all {count} of your tests pass"


def _said(test: TestOutcome) -> str:
    text = short(test.text, 200)
    error = test.error if not text or text.startswith(test.error) else f"{test.error}: {text}"
    if not test.text or test.error in ("AssertionError", "Stalled", "CutOff", "CutOffForGood"):
        error = text or test.error
    return f"{test.name} failed: {error}" if test.name else error


_NO_ADDRESS = 'A path alone is no address: give the client a `base_url`, such as "http://test".'

NOT_RUN_BY_PYTEST = "async def functions are not natively supported"

NO_PYTEST_ASYNCIO = (
    "pytest-asyncio is not installed here: install it (`pip install pytest-asyncio`), or let anyio run the test, with "
    "`pytest.mark.anyio`."
)

KNOWN: tuple[tuple[str, str, str], ...] = (
    ("Stalled", "for ever", "Time passes in a loop, and what this test waits for never comes."),
    ("Stalled", "", "A deadlock: this line waits for something that nothing will ever bring."),
    ("CutOff", "", "This line runs or waits for ever and lets nothing else run."),
    (
        "TypeError",
        "unexpected keyword argument 'app'",
        "httpx 0.28 took `AsyncClient(app=app)` away: give it `transport=ASGITransport(app)`.",
    ),
    ("UnsupportedProtocol", "", _NO_ADDRESS),
    ("ValueError", "unknown url type", _NO_ADDRESS),
    (
        "AttributeError",
        "'State' object has no attribute",
        "Nobody started the app: ASGITransport sends requests only. Run its lifespan with "
        "LifespanManager, or use `with TestClient(app)`.",
    ),
    (
        "AttributeError",
        "'coroutine' object has no attribute",
        "You hold a coroutine, not a response: put `await` before the call.",
    ),
    (
        "Failed",
        NOT_RUN_BY_PYTEST,
        "Nobody runs this coroutine function: mark it with `pytest.mark.anyio`. (The settings of this "
        "repository do without; those of most projects don't.)",
    ),
    (
        "Failed",
        "instead of `return`",
        "Nobody looks at what a test returns: write `assert` before the comparison.",
    ),
    (
        "AllMockedAssertionError",
        "",
        "The app called an address that no route of your stand-in answers. A query in a route's URL has to be "
        "the whole query: the app sends none.",
    ),
    (
        "JSONDecodeError",
        "Expecting value: line 1 column 1 (char 0)",
        "The app got an empty answer. A stand-in with `stream=` is used up by its first call: give it bytes or "
        "JSON, or a `side_effect` that makes a new answer for each call.",
    ),
    (
        "RuntimeError",
        "coroutine raised StopIteration",
        "Your stand-in had no answer left: the app called it once more than `side_effect` has replies.",
    ),
    ("ModuleNotFoundError", "pytest_asyncio", NO_PYTEST_ASYNCIO),
    (
        "ModuleNotFoundError",
        "",
        "The app stands beside your tests: `from main import app`. Other modules have to be installed.",
    ),
)
"""What a known mistake in a test brings, and the sentence for it: (exception, words of its text, sentence)."""


def explained(test: TestOutcome, run: AppRun, source: str) -> str:
    """The sentence for a test that fails with the given app; `source` is the text of the tests."""
    if test.unfinished:
        if _not_started(run):
            return "This part is not written yet. The lesson says what it should do."
        return "This test is not written yet: write it, or take it out."
    if NOT_RUN_BY_PYTEST in test.text and habits.mark_without_its_plugin(source):
        return NO_PYTEST_ASYNCIO
    for error, words, sentence in KNOWN:
        if test.error.startswith(error) and words in test.text:
            return sentence
    if run.hosts:
        return (
            f"The app called {run.hosts[0]}, and there is no network here: let respx or an "
            "httpx.MockTransport answer in its place."
        )
    if not test.name:
        return "The file could not be imported: this line raised the error."
    asks = "main.py is right: this test asks for something else than the lesson's table"
    if test == run.tests[0]:
        return f"{asks}."
    return f"{asks}, or an earlier test left something behind."


def _first_difference(right: Path, broken: Path) -> tuple[int, str]:
    """The line of the broken app that differs from the right one, with the docstring left out."""
    old, new = (_code(path) for path in (right, broken))
    changes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    found = [(start, end) for tag, _, _, start, end in changes if tag != "equal"]
    # An import tells less than the line that needs it.
    lines = [line for start, end in found for line in _telling(new, start, end)]
    line = next(iter(lines), 0)
    return line + 1, new[line].strip()


def _telling(lines: Sequence[str], start: int, end: int) -> Iterator[int]:
    for number in range(start, max(end, start + 1)):
        if number < len(lines) and lines[number].strip() and not lines[number].startswith("import"):
            yield number


def _code(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return ["", *lines[1:]]
