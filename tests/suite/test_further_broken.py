"""How good is the set of broken apps? Whoever notices all of them has to notice most that are not among them.

The measure is that of Wrenn, Krishnamurthi and Fisler, "Who Tests the Testers?" (ICER 2018).
"""

from pathlib import Path

from kata.course.course import Course
from kata.suite.jobs import Job
from kata.suite.process import ROOT, run_tests

FURTHER = sorted(Path(__file__).with_name("further_broken").glob("*.py"))
AT_LEAST = 0.9


def test_a_suite_that_notices_the_set_notices_most_of_twenty_further_apps(tmp_path: Path) -> None:
    course = Course(ROOT)
    reference = course.reference(course.exercise("test_it_yourself"))

    runs = run_tests(reference, [Job(app, until_failure=True) for app in FURTHER], tmp_path)

    missed = [app.stem for app, run in zip(FURTHER, runs, strict=True) if run.all_pass]
    noticed = len(FURTHER) - len(missed)
    print(f"the reference notices {noticed} of {len(FURTHER)} further broken apps")
    assert len(FURTHER) == 20
    assert noticed >= AT_LEAST * len(FURTHER), f"only {noticed} of {len(FURTHER)}: not {missed}"
