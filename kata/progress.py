"""How far the learner is. It is worked out from the answers each time, and stored nowhere."""

from pathlib import Path

from kata.course import Course, Exercise
from kata.course_map import Standing, state_of


def standing(exercise: Exercise) -> Standing:
    """Run the specs of an exercise on the learner's answer."""
    from kata.engine import run_spec  # loads the web framework, which most commands never need

    outcomes = run_spec(exercise.name, exercise.answer)
    came = [spec.outcome for spec in outcomes.specs]
    return Standing(exercise, state_of(came), came.count("passed"), len(came))


def is_untouched(course: Course, exercise: Exercise) -> bool:
    """Whether the answer is still the stub. That takes no run to tell."""
    try:
        return exercise.answer.read_text("utf-8") == course.stub(exercise).read_text("utf-8")
    except FileNotFoundError:
        return not exercise.answer.exists()
    except UnicodeDecodeError:
        return False


def next_exercise(course: Course) -> Exercise | None:
    """The first exercise that is not solved, or None at the end of the course."""
    for exercise in course.exercises:
        if is_untouched(course, exercise) or standing(exercise).state != "solved":
            return exercise
    return None


def exercise_meant(course: Course, wanted: str | None, here: Path) -> Exercise | None:
    """The exercise that was named; else the one whose folder this is; else the next one."""
    if wanted is not None:
        return course.exercise(wanted)
    return course.around(here) or next_exercise(course)
