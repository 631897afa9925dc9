"""A hand-in laid out like `exercises/`: which of its files is whose answer, and what came of the others."""

from __future__ import annotations

from pathlib import Path

from kata.classroom.archives import archive_stem
from kata.classroom.choosing import Answer, Candidate, Choosing
from kata.classroom.contents import Contents
from kata.classroom.members import Budget, Member, Parts, TooMuch
from kata.classroom.naming import Likeness, Namer, like_answer
from kata.classroom.notes import Notes
from kata.course.course import Exercise

_THE_KATAS = {"solutions", "gallery", "broken", "golden", "stubs"}
_COMES_ALONG = ("README.md", "conftest.py")


class Placing:
    """Places the files of one hand-in."""

    def __init__(self, namer: Namer, only: Exercise | None, budget: Budget, notes: Notes) -> None:
        self._namer = namer
        self._only = only
        self._budget = budget
        self._notes = notes
        self._contents = Contents(budget, notes)
        self._found: dict[str, list[Candidate]] = {}

    def answers(self, members: list[Member]) -> list[Answer]:
        """Raises `TooMuch` if the hand-in is larger than anybody's is."""
        if len(members) > self._budget.limits.files:
            raise TooMuch(
                f"the hand-in has {len(members):,} files, and more than {self._budget.limits.files:,} are not taken "
                "(--max-files allows more)"
            )
        in_folders: dict[tuple[str, Parts], list[Member]] = {}
        loose: list[Member] = []
        for member in members:
            where = self._folder_of(member.path)
            if where is None:
                loose.append(member)
            elif where[1] is not None:
                in_folders.setdefault((where[0].name, where[1]), []).append(member)
        for (name, folder), inside in in_folders.items():
            self._look_into(self._namer.course.exercise(name), folder, inside)
        self._place_loose(loose)
        choosing = Choosing(self._namer.course, self._contents, self._notes)
        best = [
            choosing.best(each, self._found[each.name])
            for each in self._namer.course.exercises
            if each.name in self._found
        ]
        return [each for each in best if each is not None]

    # -- files in the folder of an exercise

    def _folder_of(self, path: Parts) -> tuple[Exercise, Parts | None] | None:
        """The folder that names an exercise best: of equals the innermost, but of mere numbers the outermost.

        (`ex 08/task 1/main.py` is of exercise 08.) The kata's own copies of others' answers are nobody's.
        """
        best, sure = 0, 0
        for index, part in enumerate(path[:-1]):
            named = self._namer.of_folder(part)
            if named and (named.sure > sure or (named.sure == sure and sure > 1)):
                best, sure = index, named.sure
        if not sure or (named := self._namer.of_folder(path[best])) is None:
            return None
        if _THE_KATAS & set(path[:best]):
            self._notes.tell("left out", f"{'/'.join(path[:best])}: the kata's own")
            return named.exercise, None
        return named.exercise, path[: best + 1]

    def _look_into(self, exercise: Exercise, folder: Parts, inside: list[Member]) -> None:
        mine = [each for each in inside if not self._is_the_katas(exercise, each, folder)]
        found = self._like_answers(exercise, [each for each in mine if each.path[:-1] == folder])
        if not found:
            found = self._like_answers(exercise, mine)
            if found:
                shallowest = min(len(each.folder) for each in found)
                found = [each for each in found if len(each.folder) == shallowest]
                self._notes.tell("moved", f"{found[0].shown} was one level too deep", exercise.name)
        if not found:
            python = [
                each for each in mine if each.name.endswith(".py") and each.path[:-1] == folder
            ]
            if len(python) == 1:
                found = [Candidate(python[0], Likeness(False), folder)]
        if not found and mine:
            names = ", ".join(each.shown for each in mine[:5])
            text = f"{names}: there is no {exercise.answer_file} in {'/'.join(folder)}"
            self._notes.tell("unplaced", text, exercise.name)
        for candidate in found:
            others = {each.member.path for each in found}
            candidate.beside = [
                each
                for each in mine
                if each.path not in others
                and each.path[: len(candidate.folder)] == candidate.folder
            ]
        if found:
            self._found.setdefault(exercise.name, []).extend(found)
            self._tell_level(exercise, folder)

    def _like_answers(self, exercise: Exercise, members: list[Member]) -> list[Candidate]:
        return [
            Candidate(member, likeness, member.path[:-1])
            for member in members
            if (likeness := like_answer(member.name, exercise.answer_file))
        ]

    def _tell_level(self, exercise: Exercise, folder: Parts) -> None:
        above = folder[:-1]
        folders = tuple(part for part in above if not archive_stem(part))
        if folders not in ((), ("exercises",)):
            self._notes.tell("moved", f"the exercises were found in {'/'.join(above)}")
        elif folders != above:
            self._notes.tell("level", f"the exercises were found in {'/'.join(above)}")
        if folder[-1] != exercise.name:
            self._notes.tell(
                "renamed", f"the folder {folder[-1]} was taken for {exercise.name}", exercise.name
            )

    def _is_the_katas(self, exercise: Exercise, member: Member, folder: Parts) -> bool:
        """Lessons, specs and given files come from the kata, whatever lies in a hand-in."""
        inside = member.path[len(folder) :]
        own = exercise.folder.joinpath(*inside)
        if inside[1:] or member.name == exercise.answer_file or not own.is_file():
            return member.name in _COMES_ALONG
        katas = exercise.is_given(Path(member.name)) or own in exercise.specs
        if katas and self._contents.differs(member, own):
            self._notes.tell(
                "changed",
                f"{member.shown} is not as it was handed out: the kata's own is used",
                exercise.name,
            )
        return True

    # -- files that stand elsewhere

    def _place_loose(self, loose: list[Member]) -> None:
        """Answers outside the folder of an exercise: known by name, by what they say of themselves, by their routes."""
        whole_copy = any(each.path[-1:] == ("conftest.py",) for each in loose) and bool(self._found)
        others: list[Member] = []
        placed: dict[Parts, list[tuple[Exercise, Candidate]]] = {}
        for member in loose:
            exercise = None if whole_copy and not _may_be_an_answer(member) else self._guess(member)
            if exercise is None:
                others.append(member)
                continue
            likeness = like_answer(member.name, exercise.answer_file) or Likeness(False)
            candidate = Candidate(member, likeness, member.path[:-1], is_loose=True)
            placed.setdefault(member.path[:-1], []).append((exercise, candidate))
        for folder, candidates in placed.items():
            self._take_loose(folder, candidates, others)
        self._tell_others(others)

    def _take_loose(
        self, folder: Parts, candidates: list[tuple[Exercise, Candidate]], others: list[Member]
    ) -> None:
        alone = len({exercise.name for exercise, _ in candidates}) == 1
        for exercise, candidate in candidates:
            self._found.setdefault(exercise.name, []).append(candidate)
            self._notes.tell(
                "moved",
                f"{candidate.shown} was taken for {exercise.name}/{exercise.answer_file}",
                exercise.name,
            )
            if alone:
                # With one exercise in a folder, what lies beside its answer belongs to it.
                candidate.beside = [
                    each for each in others if each.path[: len(folder)] == folder and each.name.endswith(".py")
                    and each.name not in _COMES_ALONG
                ]  # fmt: skip
        if alone:
            taken = {each.path for _, candidate in candidates for each in candidate.beside}
            others[:] = [each for each in others if each.path not in taken]

    def _guess(self, member: Member) -> Exercise | None:
        tests = [each for each in self._namer.course.exercises if each.answer_file != "main.py"]
        for exercise in tests:
            if like_answer(member.name, exercise.answer_file) and self._only in (None, exercise):
                return exercise
        if self._only is not None and like_answer(member.name, self._only.answer_file):
            return self._only
        if not member.name.lower().endswith((".py", ".py.txt")) and not like_answer(
            member.name, "main.py"
        ):
            return None
        if (text := self._contents.text(member)) is None:
            return None
        found = (
            self._namer.of_head(text)
            or self._namer.of_file(member.name)
            or self._namer.of_routes(text)
        )
        return found if self._only in (None, found) else None

    def _tell_others(self, others: list[Member]) -> None:
        answers = [each for each in others if _may_be_an_answer(each)]
        for member in answers:
            self._notes.tell(
                "unplaced",
                f"{member.shown}: nothing tells which exercise it answers (--exercise says it for all)",
            )
        rest = [each for each in others if each not in answers]
        folders = [each.path[:-1] for each in rest]
        lead = 0
        while folders and all(
            each[lead : lead + 1] == folders[0][lead : lead + 1] != () for each in folders
        ):
            lead += 1
        names = sorted({each.path[lead] + ("/" if each.path[lead + 1 :] else "") for each in rest})
        if names:
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            self._notes.tell("left out", f"{', '.join(names[:8])}{more}: no part of an exercise")


def _may_be_an_answer(member: Member) -> bool:
    likely = like_answer(member.name, "main.py") or like_answer(member.name, "test_main.py")
    return likely is not None and not _THE_KATAS & set(member.path[:-1])
