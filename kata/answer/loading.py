"""The answer that is judged: a fresh copy, a fresh import and an ASGI callable for each spec.

An `AnswerCopy` is a folder of its own for one spec: a copy of the answer's folder with the given
files of the exercise laid over it. It is the working folder and holds `__file__`, so files that the
answer makes are that spec's own. The code is compiled under its original path, so tracebacks and
breakpoints fit.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import secrets
import sys
import traceback
from collections.abc import Callable, Generator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import compress
from operator import is_not
from pathlib import Path, PurePath
from types import CodeType, ModuleType
from typing import Any, cast

from kata import patches
from kata.answer.copying import LeftOut, copy_file, copy_folder, remove
from kata.answer.namesakes import Namesake, behind, hides_what_all_need, modules_in
from kata.clock.clock import Deadlock, NeverEnds
from kata.containment.watchdog import CutOff, CutOffForGood
from kata.course import prediction, pristine

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
ASGIApp = Callable[
    [Scope, Callable[[], Any], Callable[[Message], Any]],
    Any,
]

SEAL = "SET-ANEW-BY-EACH-SPEC"
"""Stands in a given file where each spec puts a token of its own, so its result cannot be made up."""

DATABASES = (".db", ".sqlite", ".sqlite3", "-wal", "-shm", "-journal")
_OF_THE_KATA = ("README.md", "main.py", "conftest.py", prediction.NAME)


class AnswerFault(Exception):
    """The answer cannot be judged as it stands. The message is the sentence for the learner."""

    def __init__(
        self, came: str, sentence: str, where: str | None = None, *, cut_off: bool = False
    ) -> None:
        super().__init__(sentence)
        self.came = came
        self.sentence = sentence
        self.where = where
        self.cut_off = cut_off


class Halted(Exception):
    """What `os._exit` and servers started at import raise instead of ending the run."""


@dataclass(frozen=True)
class Answer:
    """Whose work is judged: a folder (or a single file that stands for `main.py`), and its exercise.

    `tree` is the hand-in that it is a part of, where it is graded: no link may lead out of that.
    """

    exercise: Path
    source: Path
    tree: Path | None = None

    @cached_property
    def folder(self) -> Path:
        return self.source if self.source.is_dir() else self.source.parent

    @cached_property
    def main(self) -> Path:
        return self.source if os.path.isfile(self.source) else self.source / "main.py"

    def given_files(self) -> list[Path]:
        """The files of the exercise that the learner must not change."""
        # A learner may have helpers of his own beside them.
        kept = pristine.kept(self.exercise)
        return sorted(
            path
            for path in self.exercise.iterdir()
            if path.is_file()
            and (not kept.is_dir() or (kept / path.name).is_file())
            and path.name not in _OF_THE_KATA
            and not path.name.startswith((".", "test_", "bench_"))
            and not path.name.endswith(DATABASES)
        )


def _is_not_of_the_answer(name: str) -> bool:
    return name.endswith(DATABASES) or _is_a_spec(name)


def _is_a_spec(name: str) -> bool:
    """Specs stand beside an answer that is judged where it was written. They are not part of it."""
    return name.startswith("test_") and name.endswith(".py")


@lru_cache(maxsize=64)
def _compiled(source: bytes, original: str) -> CodeType:
    """The code of a file. Each spec runs it anew, and as long as nothing is changed in it it is the same code."""
    return compile(source, original, "exec", dont_inherit=True)


class _Loader(importlib.machinery.SourceFileLoader):
    """Imports from the copy, but compiles under the original path, and never from a stale cache."""

    def __init__(self, name: str, path: str, copy: AnswerCopy) -> None:
        super().__init__(name, path)
        self.copy = copy

    def get_code(self, fullname: str) -> CodeType:
        original = self.copy.original(self.path)
        try:
            return _compiled(self.get_data(self.path), original)
        except SyntaxError as error:
            if error.filename in (None, "<string>"):
                error.filename = original
            raise


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules and packages beside `main.py` in the copy."""

    def __init__(self, copy: AnswerCopy) -> None:
        self.copy = copy

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == self.copy.package:
            folder = self.copy.folder
            return self._spec(fullname, folder / "__init__.py", [str(folder)])
        folders = [str(self.copy.folder)] if path is None else list(path)
        for folder in folders:
            if not Path(folder).is_relative_to(self.copy.folder):
                continue
            stem = Path(folder) / fullname.rpartition(".")[2]
            if stem.is_dir():
                init = stem / "__init__.py"
                if init.is_file():
                    return self._spec(fullname, init, [str(stem)])
                spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
                spec.submodule_search_locations = [str(stem)]
                return spec
            if stem.with_suffix(".py").is_file():
                return self._spec(fullname, stem.with_suffix(".py"), None)
        return None

    def _spec(
        self, fullname: str, file: Path, locations: list[str] | None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_file_location(
            fullname,
            file,
            loader=_Loader(fullname, str(file), self.copy),
            submodule_search_locations=locations,
        )


class _Known(dict[str, bool]):
    """The answers to a question about files, each asked once."""

    def __init__(self, ask: Callable[[str], bool]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, filename: str) -> bool:
        known = self[filename] = self._ask(filename)
        return known


@dataclass
class AnswerCopy:
    """One spec's own copy of an answer. `folder` is the working folder, `token` the given files' seal."""

    answer: Answer
    folder: Path
    token: str
    given: frozenset[str] = frozenset()
    left_out: dict[PurePath, LeftOut] = field(default_factory=dict[PurePath, LeftOut])
    module: ModuleType | None = None

    def original(self, path: str) -> str:
        """The learner's own path of a file in the copy: what tracebacks show."""
        inside = Path(path).relative_to(self.folder)
        if inside == Path("main.py"):
            return str(self.answer.main)
        if str(self.answer.exercise / inside) in self.given:
            return str(self.answer.exercise / inside)
        return str(self.answer.folder / inside)

    @cached_property
    def owns(self) -> Callable[[str], bool]:
        """True if code compiled under a file's name is the learner's own. It is asked of every frame of many stacks."""
        return _Known(self._is_own).__getitem__

    def _is_own(self, filename: str) -> bool:
        if filename == str(self.answer.main):
            return True
        inside = str(self.answer.folder) + os.sep
        if not filename.startswith(inside) or _is_a_spec(os.path.basename(filename)):
            return False
        if self.answer.source.is_file() or filename in self.given:
            return False
        return not {"site-packages", ".venv", "venv"} & set(Path(filename[len(inside) :]).parts)

    @property
    def package(self) -> str | None:
        """The package that `main.py` is a module of, if its folder is one: so `fastapi dev` imports it too."""
        return self.answer.exercise.name if (self.folder / "__init__.py").is_file() else None

    def reload(self) -> ASGIApp:
        """Import everything anew, as a new process would. The files of the copy stay."""
        _purge(self.folder)
        return self.load()

    def load(self) -> ASGIApp:
        """Import `main.py` afresh and return its `app`. Raises AnswerFault with a sentence."""
        main = self.folder / "main.py"
        shown = display(self.answer.main)
        for name in ("main.py", "", *(Path(given).name for given in self.given)):
            if reason := self.left_out.get(PurePath(name)):
                raise self._not_copied(PurePath(name), reason)
        if namesake := hides_what_all_need(self.folder):
            raise self.hiding(namesake)
        if not main.is_file():
            raise AnswerFault(
                f"there is no file {shown}", f"Put your answer into {shown}, and run again.", shown
            )
        if not main.read_bytes().strip():
            raise AnswerFault(
                f"{shown} is empty",
                "Get the stub back from git (or with `kata reset`), and fill it in.",
                shown,
            )
        try:
            self.module = importlib.import_module(
                f"{self.package}.main" if self.package else "main"
            )
        except BaseException as error:
            raise _import_fault(error, self, shown) from error
        app: object = getattr(self.module, "app", None)
        if app is None:
            raise AnswerFault(
                f"{shown} has no `app`",
                "The server looks for that name: write `app = FastAPI()` at the top level.",
                shown,
            )
        if not callable(app):
            raise AnswerFault(
                f"`app` in {shown} is {type(app).__name__}, which is not an application",
                "`app` must be the FastAPI application itself: `app = FastAPI()`.",
                shown,
            )
        return cast(ASGIApp, app)

    def _not_copied(
        self, inside: PurePath, reason: LeftOut, where: str | None = None
    ) -> AnswerFault:
        shown = display(Path(self.original(str(self.folder / inside))))
        return AnswerFault(f"{shown} {reason.why}", reason.remedy, where or shown)

    def missing_module(self, name: str, where: str | None) -> AnswerFault:
        """Why a module could not be found: perhaps it was there, and could not be copied."""
        place = PurePath(*name.removeprefix(f"{self.package}.").split("."))
        for inside in (*place.parents, place, place.with_suffix(".py")):
            if inside.parts and (reason := self.left_out.get(inside)):
                return self._not_copied(inside, reason, where)
        return AnswerFault(
            f"no module named {name!r}",
            f"Install {name.partition('.')[0]}, or mend its name.",
            where,
        )

    def hiding(self, namesake: Namesake, where: str | None = None) -> AnswerFault:
        """The fault of a file that has the name of a library."""
        shown = display(Path(self.original(str(self.folder / namesake.file))))
        return AnswerFault(namesake.came, namesake.remedy, where or shown)


def _import_fault(error: BaseException, copy: AnswerCopy, shown: str) -> AnswerFault:
    where = own_line(error, copy.owns)
    if isinstance(error, KeyboardInterrupt):
        raise error
    if isinstance(error, CutOff | CutOffForGood | Deadlock | NeverEnds):
        return AnswerFault(
            "the import did not come to an end",
            "A server imports this file: nothing in it may wait or run for ever at import.",
            where,
            cut_off=isinstance(error, CutOff | CutOffForGood),
        )
    if isinstance(error, SyntaxError):
        return _syntax_fault(error, shown)
    # Python before 3.11.4 calls a null byte a ValueError.
    null_bytes = isinstance(error, ValueError) and "null bytes" in str(error)
    if where is None and (null_bytes or isinstance(error, UnicodeDecodeError)):
        return AnswerFault(
            "the file is not UTF-8 text", "Save the file as UTF-8 in your editor.", shown
        )
    if isinstance(error, SystemExit):
        return AnswerFault(
            "the import ended with sys.exit()",
            "A server imports this file: nothing in it may end the program. Take the call out.",
            where,
        )
    if isinstance(error, Halted):
        return AnswerFault(
            str(error),
            "A server imports this file: it must not start a server or end the program itself. "
            'Put that under `if __name__ == "__main__":`.',
            where,
        )
    if namesake := behind(error, copy.folder):
        return copy.hiding(namesake, where)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return copy.missing_module(error.name, where)
    said = " ".join(str(error).split())[:200]
    return AnswerFault(
        f"{type(error).__name__}: {said}" if said else type(error).__name__,
        "The file could not be imported: this line raised the error.",
        where,
    )


def _syntax_fault(error: SyntaxError, shown: str) -> AnswerFault:
    where = f"{display(Path(error.filename or shown))}:{error.lineno or 1}"
    said = str(error).lower()
    if "utf-8" in said or "null byte" in said:
        return AnswerFault(
            "the file is not UTF-8 text",
            "Save the file as UTF-8 in your editor.",
            where.rpartition(":")[0],
        )
    return AnswerFault(
        f"{type(error).__name__}: {error.msg}",
        "Python cannot read the file. Mend this line, or the one above it.",
        where,
    )


def own_line(error: BaseException, owns: Callable[[str], bool]) -> str | None:
    """`file:line` of the innermost frame of the learner's own code in a traceback."""
    lines = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if owns(frame.f_code.co_filename)
    ]
    return f"{display(Path(lines[-1][0]))}:{lines[-1][1]}" if lines else None


def display(path: Path) -> str:
    """A path as a person would type it: relative to the working folder of the run where it can be."""
    try:
        return str(path.relative_to(_started_in))
    except ValueError:
        try:
            return os.path.relpath(path, _started_in)
        except ValueError:  # another drive
            return str(path)


def undisplayed(shown: str) -> str:
    """The file that `display` shows like this."""
    return os.path.normpath(_started_in / shown)


_started_in = Path.cwd()


def display_from(folder: Path) -> None:
    """Say where the run was started: `display` shows paths from there."""
    global _started_in
    _started_in = folder


@contextmanager
def copied(answer: Answer, room: Path) -> Generator[AnswerCopy]:
    """A fresh copy of the answer below the folder `room`, entered as the working folder.

    At the end the copy is gone, the working folder is what it was, and no module of the answer is
    left.
    """
    copy = laid_out(answer, room / f"{answer.exercise.name}-{secrets.token_hex(4)}")
    try:
        with entered(copy):
            yield copy
    finally:
        remove(copy.folder)


def laid_out(answer: Answer, folder: Path) -> AnswerCopy:
    """A copy of the answer in a folder that is made, with the given files over it and a token of its own in them."""
    left_out = _laid_out(answer, folder)
    token = secrets.token_hex(4)
    given = answer.given_files()
    for file in given:
        if reason := copy_file(file, folder / file.name):
            left_out[PurePath(file.name)] = reason
            continue
        code = (folder / file.name).read_bytes()
        (folder / file.name).write_bytes(code.replace(SEAL.encode(), token.encode()))
    return AnswerCopy(answer, folder, token, frozenset(map(str, given)), left_out)


@contextmanager
def entered(copy: AnswerCopy) -> Generator[None]:
    """The copy is the working folder, and where modules are found, until the block ends."""
    folder = copy.folder
    before = os.getcwd()
    finder = _Finder(copy)
    siblings = _hide_namesakes(folder)
    sys.meta_path.insert(0, finder)
    path = list(sys.path)
    # The finder is enough for this process; processes that the answer starts are told this path.
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
        _purge(folder)
        sys.modules.update(siblings)


def _laid_out(answer: Answer, folder: Path) -> dict[PurePath, LeftOut]:
    """Copy the answer's own files into a folder that is made. Returns what could not be copied."""
    if answer.source.is_dir():
        return copy_folder(answer.source, folder, without=_is_not_of_the_answer, tree=answer.tree)
    folder.mkdir(parents=True)
    reason = copy_file(answer.source, folder / "main.py", tree=answer.tree)
    return {PurePath("main.py"): reason} if reason else {}


def _hide_namesakes(folder: Path) -> dict[str, ModuleType]:
    """Modules of other places with the name of a file of the answer would be found instead of it."""
    names = modules_in(folder) - {*sys.stdlib_module_names, *patches.LIBRARIES}
    names -= {"kata", "conftest"}
    hidden: dict[str, ModuleType] = {}
    if not names.isdisjoint(sys.modules):
        for name in list(sys.modules):
            if name.partition(".")[0] in names:
                hidden[name] = sys.modules.pop(name)
    return hidden


KEEP_A_REGISTRY = ("sqlmodel",)
"""Libraries that write an answer's classes into a table of their own, for the life of the process.

They are imported anew with the answer, or its second import would find its classes there already."""

_elsewhere: dict[str, ModuleType] = {}
"""Modules that were seen not to be of an answer. There are hundreds, and each spec looks twice."""


def remember_modules() -> None:
    """What is imported by now is of no answer. Call it in a warm process, so that none that is forked looks again."""
    _elsewhere.update(
        (name, module)
        for name, module in sys.modules.copy().items()
        if not _goes_with_the_answer(name)
    )


def _purge(folder: Path) -> None:
    inside = str(folder) + os.sep
    # A copy, made in one go: a list of pairs is garbage collected while it grows, and what then ends may import.
    modules = sys.modules.copy()
    are_new = map(is_not, map(_elsewhere.get, modules), modules.values())
    for name in compress(modules, are_new):
        module = modules[name]
        if _goes_with_the_answer(name) or any(
            f"{place}{os.sep}".startswith(inside) for place in _places(module)
        ):
            sys.modules.pop(name, None)
        else:
            _elsewhere[name] = module


def _goes_with_the_answer(name: str) -> bool:
    return name == "main" or name.partition(".")[0] in KEEP_A_REGISTRY


def _places(module: ModuleType) -> list[object]:
    # Looked up in the namespace, since some modules import more when they are asked.
    names = getattr(module, "__dict__", {})
    return [names.get("__file__"), *(names.get("__path__") or ())]
