"""Results for everything else: a CSV of our own, and JUnit's XML."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from xml.etree import ElementTree

from kata.classroom.formats.autograders import STILL
from kata.classroom.results import Result, SpecResult

COLUMNS = (
    "id", "name", "login", "email", "group",
    "points", "max_points", "submitted_at", "late", "late_seconds", "attempt", "state",
)  # fmt: skip


def as_csv(results: Iterable[Result]) -> str:
    """A line for each student: who, the sum, and for each exercise its points and its state."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for number, result in enumerate(results):
        if not number:
            exercises = [
                column
                for each in result.exercises
                for column in (each.number, f"{each.number} state")
            ]
            writer.writerow([*COLUMNS, *exercises])
        state = "not judged" if result.unjudged else "not handed in" if result.absent else "judged"
        for person in result.people:
            cells = [person.id, person.name, person.login, person.email, result.group]
            numbers = [
                f"{result.points:g}", f"{result.max_points:g}",
                result.submitted_at.isoformat() if result.submitted_at else "",
                "yes" if result.is_late else "no", f"{result.late_seconds:.0f}", str(result.attempt), state,
            ]  # fmt: skip
            each = [
                value for part in result.exercises for value in (f"{part.points:g}", part.state)
            ]
            writer.writerow([*(_harmless(cell) for cell in cells), *numbers, *each])
    return text.getvalue()


def _harmless(text: str) -> str:
    """A student's own text, so that a spreadsheet takes it for text: `=1+1` would be run as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_junit(results: Iterable[Result]) -> bytes:
    """A suite for each student and exercise, a case for each spec.

    What is wrong is a failure, what could not be judged an error, what was not handed in is skipped.
    """
    root = ElementTree.Element("testsuites", name="kata")
    for result in results:
        for exercise in result.exercises:
            suite = ElementTree.SubElement(
                root, "testsuite", name=_xml(f"{result.student.id} {exercise.name}")
            )
            counts = {"failure": 0, "error": 0, "skipped": 0}
            for spec in exercise.specs:
                case = ElementTree.SubElement(
                    suite,
                    "testcase",
                    classname=_xml(f"{result.student.id}.{exercise.name}"),
                    name=_xml(spec.name),
                    time=f"{spec.seconds:.3f}",
                )
                if kind := _kind(spec):
                    counts[kind] += 1
                    found = ElementTree.SubElement(
                        case, kind, message=_xml(spec.diagnosis or STILL[spec.state])
                    )
                    found.text = _xml(spec.text)
            suite.attrib.update(
                tests=str(len(exercise.specs)),
                failures=str(counts["failure"]),
                errors=str(counts["error"]),
                skipped=str(counts["skipped"]),
                time=f"{exercise.seconds:.3f}",
            )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _kind(spec: SpecResult) -> str:
    kinds = {
        "failed": "failure",
        "cut off": "failure",
        "not started": "failure",
        "not judged": "error",
    }
    return {**kinds, "not handed in": "skipped"}.get(spec.state, "")


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: str) -> str:
    """Without the signs that XML has no place for."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
