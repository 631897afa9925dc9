"""The command: its options, and the way from the references to the report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from kata.course.course import Course, Exercise
from kata.run.engine import run_spec
from scripts.console import command_line
from scripts.console.progress import Progress
from scripts.mutation.equivalence import arguments
from scripts.mutation.mutants import Mutant, holding, mutants, references, sample
from scripts.mutation.report import Report
from scripts.mutation.run import Verdict, judge_all
from scripts.root import ROOT


def main(said: str | None, argv: Sequence[str] | None = None) -> int:
    """Judge the mutants that the options ask for. 1 if a survivor or an argument is not in order."""
    parser = _parser(said)
    options = parser.parse_args(argv)
    course = Course.find(ROOT)
    names = [command_line.exercise(course, each, parser).name for each in options.exercises]
    chosen_references = list(references(course, names))
    if options.list:
        chosen = _chosen(chosen_references, options, parser)
        for mutant in chosen:
            print(f"{mutant.exercise}  {mutant.name}")
        print(f"{len(chosen)} changes")
        return 0
    for exercise, path in chosen_references:
        if why := _why_it_does_not_pass(exercise, path):
            print(f"{exercise.name}: the reference itself does not pass.\n{why}")
            return 1
    complete = not (options.only or options.sample)
    verdicts = _judged(_chosen(chosen_references, options, parser), options)
    report = Report(verdicts, arguments(), complete, whole=complete and not options.exercises)
    for line in report.lines():
        print(line)
    return int(report.failed)


def _chosen(
    chosen_references: Sequence[tuple[Exercise, Path]],
    options: argparse.Namespace,
    refuse: argparse.ArgumentParser,
) -> list[Mutant]:
    found = [
        mutant
        for exercise, path in chosen_references
        for mutant in mutants(exercise.name, path.read_text("utf-8"))
    ]
    if options.only:
        found = holding(found, options.only)
    if options.sample:
        found = sample(found, options.sample)
    if not found:
        refuse.error("there is nothing to change: see what there is with --list")
    return found


def _why_it_does_not_pass(exercise: Exercise, reference: Path) -> str:
    came = run_spec(exercise.name, reference)
    if came.solved:
        return ""
    return f"{came.failed[0].name}\n{came.failed[0].text}" if came.failed else came.ended


def _judged(chosen: Sequence[Mutant], options: argparse.Namespace) -> list[Verdict]:
    """The verdicts, each told as it comes: the survivors, and with `--verbose` the others too."""
    progress = Progress()
    verdicts: list[Verdict] = []
    for verdict in judge_all(chosen, jobs=options.jobs, cut_off=options.cut_off):
        verdicts.append(verdict)
        if options.verbose or verdict.survived:
            came = verdict.caught_by or "SURVIVED"
            teaches = f"  {verdict.teaches}" if verdict.teaches else ""
            progress.print(f"{verdict.mutant.exercise}  {came}  {verdict.mutant.name}{teaches}")
        survived = sum(each.survived for each in verdicts)
        progress.show(f"{len(verdicts)} of {len(chosen)} changes, {survived} survived")
    progress.clear()
    return verdicts


def _parser(said: str | None) -> argparse.ArgumentParser:
    parser = command_line.parser(said)
    parser.add_argument("exercises", nargs="*", help="numbers or names; none means all")
    parser.add_argument("--list", action="store_true", help="show the changes, and run nothing")
    parser.add_argument("--only", nargs="+", help="those whose name or text holds all these words")
    parser.add_argument(
        "--sample",
        type=command_line.at_least_one,
        metavar="N",
        help="N for each operator and exercise",
    )
    command_line.add_jobs(parser, 2, "processes at once")
    parser.add_argument("--cut-off", type=float, default=6.0, help="seconds for one that hangs (6)")
    parser.add_argument("--verbose", "-v", action="store_true", help="also those that are caught")
    return parser
