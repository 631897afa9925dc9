"""A program that a learner has predicted, run on the virtual clock: what it printed when, and what took time."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kata.answer.loading import Answer
from kata.clock import off_loop
from kata.containment.watchdog import DEFAULT_CUT_OFF
from kata.course.prediction import NoPrediction, Printed
from kata.feedback.failure import SpecFailure
from kata.feedback.timeline import Span
from kata.spec.world import World


@dataclass(frozen=True)
class Ran:
    """What a program did in the `seconds` of its `main`. Times of `printed` count from there, those of spans do not."""

    printed: tuple[Printed, ...]
    seconds: float
    began: float
    spans: tuple[Span, ...]


class _Paper(io.TextIOBase):
    """Takes what is printed, and notes the moment of each line."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.lines: list[Printed] = []
        self._now = now
        self._begun = ""

    def write(self, text: str, /) -> int:
        *whole, self._begun = (self._begun + text).split("\n")
        self.lines += [Printed(self._now(), line) for line in whole]
        return len(text)


def run_program(program: Path) -> Ran:
    """Run the `main` of a program. Raises NoPrediction if its `main` raises, or asks for what there is not.

    Raises SpecFailure, whose text says what became of it, if it cannot be served or does not end.
    """
    with tempfile.TemporaryDirectory(prefix="kata-predict-") as room:
        world = World(
            Answer(program.parent, program),
            Path(room),
            cut_off=DEFAULT_CUT_OFF,
            real_time=False,
            spec_name=program.name,
            reports_leaks=False,
        )
        came: list[Ran] = []
        with (
            off_loop.announced_work(),
            world.opened(),
            asyncio.Runner(loop_factory=world.supervision.new_loop) as runner,
        ):
            main: Any = getattr(world.life.own_copy.module, "main", None)
            names = list(inspect.signature(main).parameters) if main else []
            fixtures = {name: _fixture(world, name) for name in names}

            async def body() -> None:
                clock = world.clock
                began = clock.now
                paper = _Paper(lambda: clock.now - began)
                with contextlib.redirect_stdout(paper):
                    await main(**fixtures)
                spans = tuple(world.timeline.spans)
                came.append(Ran(tuple(paper.lines), clock.now - began, began, spans))

            try:
                runner.run(world.supervision.supervised(body, serves="client" in names)())
            except SpecFailure:
                raise
            except Exception as error:
                raise NoPrediction(f"its main raised {type(error).__name__}: {error}") from None
            finally:
                if world.supervision.interrupted:
                    raise KeyboardInterrupt
        return came[0]


def _fixture(world: World, name: str) -> object:
    try:
        return {
            "client": world.client,
            "upstream": world.upstream,
            "serve": world.serve,
            "database": world.database,
        }[name]
    except KeyError:
        raise NoPrediction(f"its main asks for {name!r}, which there is not") from None
