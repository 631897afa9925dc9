"""The seam: a fresh copy, a fresh import and one clear sentence for whatever is wrong with a file."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kata.answer import loading
from kata.answer.loading import SEAL, Answer, AnswerFault, copied
from kata.run.engine import run_spec

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = "01_first_async_endpoint"

APP = """
async def app(scope, receive, send):
    pass
"""


@pytest.fixture
def exercise(tmp_path: Path) -> Path:
    """An exercise with one given file."""
    folder = tmp_path / "exercises" / "01_made_up"
    folder.mkdir(parents=True)
    (folder / "main.py").write_text("app = None\n")
    (folder / "test_made_up.py").write_text("")
    (folder / "README.md").write_text("# Made up\n")
    (folder / "vendor.py").write_text(f'TOKEN = "{SEAL}"\n')
    return folder


@pytest.fixture(autouse=True)
def paths_from_here(tmp_path: Path) -> Any:
    before = loading._started_in  # pyright: ignore[reportPrivateUsage]
    loading.display_from(tmp_path)
    yield
    loading.display_from(before)


class Loaded:
    """What an answer was while it was loaded: its module's names, and the token of its copy."""

    def __init__(self, names: dict[str, Any], token: str, folder: Path) -> None:
        self.names = names
        self.token = token
        self.folder = folder


@pytest.fixture
def load(tmp_path: Path, exercise: Path) -> Callable[..., Loaded]:
    def load(source: Path) -> Loaded:
        with copied(Answer(exercise, source), tmp_path / "room") as copy:
            copy.load()
            assert copy.module is not None
            return Loaded(dict(vars(copy.module)), copy.token, copy.folder)

    return load


def folder_of(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    folder = tmp_path / "answer"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


# Files that cannot be judged

BROKEN: dict[str, tuple[str | bytes, str, str, str | None]] = {
    "a syntax error": ("app = 1\ndef f(:\n", "SyntaxError", "Python cannot read the file", ":2"),
    "a line that is not indented": (
        "def f():\nreturn 1\n",
        "IndentationError",
        "Python cannot read the file",
        ":2",
    ),
    "a name that is not there": ("\nx = FastAPI()\n", "NameError", "this line raised", ":2"),
    "no app": ("x = 1\n", "has no `app`", "app = FastAPI()", ""),
    "an app that is None": ("app = None\n", "has no `app`", "app = FastAPI()", ""),
    "an app that is a number": ("app = 7\n", "int", "the FastAPI application itself", ""),
    "an app that is a text": ("app = 'main:app'\n", "str", "the FastAPI application itself", ""),
    "a package that is missing": (
        "\nimport no_such_package\n",
        "no module named 'no_such_package'",
        "Install no_such_package",
        ":2",
    ),
    "a module of a package that is missing": (
        "import fastapi.nothing\n",
        "no module named 'fastapi.nothing'",
        "mend its name",
        ":1",
    ),
    "a name that a package does not have": (
        "from fastapi import FastApi\n",
        "ImportError",
        "this line raised",
        ":1",
    ),
    "sys.exit": ("import sys\nsys.exit()\n", "sys.exit()", "nothing in it may end", ":2"),
    "a raised SystemExit": ("raise SystemExit(3)\n", "sys.exit()", "nothing in it may end", ":1"),
    "exit in a function": (
        "def stop():\n    raise SystemExit\nstop()\n",
        "sys.exit()",
        "nothing in it may end",
        ":2",
    ),
    "bytes that are not UTF-8": (
        'app = "caf\xe9"\n'.encode("latin-1"),
        "not UTF-8",
        "Save the file as UTF-8",
        "",
    ),
    "another encoding": ("app = 1\n".encode("utf-16"), "not UTF-8", "Save the file as UTF-8", ""),
    "null bytes": (b"app = 1\n\x00\n", "not UTF-8", "Save the file as UTF-8", ""),
    "a text that is not UTF-8": (
        "open('latin', 'wb').write(b'\\xe9')\nopen('latin', encoding='utf-8').read()\n",
        "UnicodeDecodeError",
        "this line raised",
        "",
    ),
    "nothing": ("", "is empty", "Get the stub back", ""),
    "nothing but space": ("\n  \n\t\n", "is empty", "Get the stub back", ""),
    "a division by zero": ("x = 1\nx / 0\n", "ZeroDivisionError", "this line raised", ":2"),
    "an error without a word": ("raise ValueError\n", "ValueError", "this line raised", ":1"),
    "an endless recursion": (
        "def f():\n    f()\nf()\n",
        "RecursionError",
        "this line raised",
        ":2",
    ),
    "an import of itself": ("from main import app\n", "", "", ":1"),
    "an assert": ("assert 1 == 2\n", "AssertionError", "this line raised", ":1"),
    "a loop that is already running": (
        "import asyncio\nasyncio.get_running_loop()\n",
        "RuntimeError",
        "this line raised",
        ":2",
    ),
    "a BaseException of its own": (
        "class Stop(BaseException): pass\nraise Stop('now')\n",
        "Stop: now",
        "this line raised",
        ":2",
    ),
    "GeneratorExit": ("raise GeneratorExit\n", "GeneratorExit", "this line raised", ":1"),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("as_file", [True, False], ids=["file", "folder"])
def test_a_file_that_cannot_be_judged_ends_in_one_sentence(
    what: str, as_file: bool, tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    source, came, sentence, line = BROKEN[what]
    folder = folder_of(tmp_path, {"main.py": source})

    with pytest.raises(AnswerFault) as caught:
        load(folder / "main.py" if as_file else folder)

    fault = caught.value
    assert came in fault.came
    assert sentence in fault.sentence
    assert fault.sentence.rstrip()[-1] in ".`"
    assert "\n" not in fault.came + fault.sentence
    if line is not None:
        assert fault.where is not None
        assert fault.where.startswith(os.path.join("answer", "main.py"))
        assert fault.where.endswith(line)


@pytest.mark.parametrize("missing", ["file", "folder"])
def test_what_is_not_there_is_named(
    missing: str, tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = tmp_path / "answer"
    if missing == "file":
        folder.mkdir()

    with pytest.raises(AnswerFault) as caught:
        load(folder)

    assert caught.value.came == f"there is no file {os.path.join('answer', 'main.py')}"


def test_an_error_in_a_helper_is_shown_where_it_is(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(tmp_path, {"main.py": "import helper\n", "helper.py": "\n\nx = y\n"})

    with pytest.raises(AnswerFault) as caught:
        load(folder)

    assert caught.value.where == os.path.join("answer", "helper.py") + ":3"


def test_a_syntax_error_in_a_helper_is_shown_where_it_is(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(tmp_path, {"main.py": "import helper\n", "helper.py": "\ndef (:\n"})

    with pytest.raises(AnswerFault) as caught:
        load(folder)

    assert caught.value.where == os.path.join("answer", "helper.py") + ":2"


def test_a_helper_that_is_not_utf_8_is_named(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(tmp_path, {"main.py": "import helper\n", "helper.py": b"x = '\xe9'\n"})

    with pytest.raises(AnswerFault) as caught:
        load(folder)

    assert caught.value.where is not None
    assert caught.value.where.startswith(os.path.join("answer", "helper.py"))


def test_ctrl_c_at_import_is_the_persons_own(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(tmp_path, {"main.py": "raise KeyboardInterrupt\n"})

    with pytest.raises(KeyboardInterrupt):
        load(folder)


# Each of them through the whole run


THROUGH = {
    "a syntax error": ("def f(:\n", "Python cannot read the file"),
    "sys.exit": ("import sys\nsys.exit(0)\n", "nothing in it may end the program"),
    "a server at import": (
        "from fastapi import FastAPI\nimport uvicorn\napp = FastAPI()\nuvicorn.run(app)\n",
        "it must not start a server",
    ),
    "a server object at import": (
        "import uvicorn\nuvicorn.Server(uvicorn.Config('main:app')).run()\n",
        "it must not start a server",
    ),
    "os._exit": ("import os\nos._exit(0)\n", "it must not start a server or end the program"),
    "no app": ("x = 1\n", "app = FastAPI()"),
    "pytest.exit": ("import pytest\npytest.exit('done', 0)\n", ""),
    "pytest.skip": ("import pytest\npytest.skip('no', allow_module_level=True)\n", ""),
}


@pytest.mark.parametrize("what", THROUGH)
def test_every_spec_of_such_an_answer_fails_with_the_sentence(what: str, tmp_path: Path) -> None:
    source, sentence = THROUGH[what]
    path = tmp_path / "main.py"
    path.write_text(source)

    outcomes = run_spec(EXERCISE, path)

    assert outcomes.ended == ""
    assert len(outcomes.specs) >= 3
    for spec in outcomes.specs:
        assert spec.outcome == "failed"
        assert sentence in " ".join(spec.text.split())
        assert "Traceback" not in spec.text


def test_a_file_that_is_not_there_fails_its_specs(tmp_path: Path) -> None:
    outcomes = run_spec(EXERCISE, tmp_path)

    assert {spec.outcome for spec in outcomes.specs} == {"not handed in"}
    assert "there is no file" in outcomes.specs[0].text


# What stands beside main.py


def test_helper_modules_and_packages_are_found(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(
        tmp_path,
        {
            "main.py": "from helper import one\nfrom pack import two\nfrom pack.deep.three import three\n"
            "import space.four\nfour = space.four.four\n" + APP,
            "helper.py": "one = 1\n",
            "pack/__init__.py": "from .inner import two\n",
            "pack/inner.py": "two = 2\n",
            "pack/deep/__init__.py": "",
            "pack/deep/three.py": "from ..inner import two\nthree = two + 1\n",
            "space/four.py": "four = 4\n",
        },
    )

    names = load(folder).names

    assert [names[name] for name in ("one", "two", "three", "four")] == [1, 2, 3, 4]


@pytest.mark.parametrize("namesake", ["rich", "respx", "models", "utils", "conftest_helper"])
def test_a_helper_may_have_the_name_of_an_installed_module(
    namesake: str, tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    import rich

    folder = folder_of(
        tmp_path,
        {
            "main.py": f"import {namesake} as x\nname = x.NAME\n{APP}",
            f"{namesake}.py": "NAME = 'mine'\n",
        },
    )

    assert load(folder).names["name"] == "mine"
    assert sys.modules["rich"] is rich


def test_the_working_folder_and_the_files_folder_are_the_same_and_fresh(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(
        tmp_path,
        {
            "main.py": "from pathlib import Path\n"
            "by_cwd = Path('data.txt').read_text()\n"
            "by_file = Path(__file__).with_name('data.txt').read_text()\n"
            "Path('data.txt').write_text('changed')\n"
            "Path(__file__).with_name('new.txt').write_text('new')\n"
            "new = Path('new.txt').read_text()\n" + APP,
            "data.txt": "data",
        },
    )

    for _ in range(2):
        names = load(folder).names
        assert (names["by_cwd"], names["by_file"], names["new"]) == ("data", "data", "new")
    assert (folder / "data.txt").read_text() == "data"
    assert not (folder / "new.txt").exists()


@pytest.mark.parametrize("name", ["test.db", "test.db-wal", "app.sqlite3", "test.db-journal"])
def test_a_database_that_lies_there_is_not_copied(
    name: str, tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(
        tmp_path,
        {"main.py": f"import os\nthere = os.path.exists({name!r})\n{APP}", name: b"SQLite"},
    )

    assert load(folder).names["there"] is False


def test_a_single_file_brings_nothing_beside_it(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(tmp_path, {"one.py": "import other\n", "other.py": ""})

    with pytest.raises(AnswerFault, match="Install other"):
        load(folder / "one.py")


# Given files


def test_a_given_file_is_the_katas_own_with_a_token(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(
        tmp_path,
        {
            "main.py": "import vendor\ntoken = vendor.TOKEN\n" + APP,
            "vendor.py": "TOKEN = 'faked'\n",
        },
    )

    loaded = load(folder)

    assert loaded.names["token"] == loaded.token
    assert (folder / "vendor.py").read_text() == "TOKEN = 'faked'\n"


def test_the_token_is_set_anew_each_time(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(tmp_path, {"main.py": "import vendor\ntoken = vendor.TOKEN\n" + APP})

    tokens = {load(folder).names["token"] for _ in range(5)}

    assert len(tokens) == 5
    assert SEAL not in tokens


# A fresh import


def test_module_globals_are_fresh(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(
        tmp_path,
        {
            "main.py": "import helper\nhelper.seen.append(1)\nhelper.pack.seen.append(1)\n"
            "count = len(helper.seen) + len(helper.pack.seen)\n" + APP,
            "helper.py": "import pack\nseen = []\n",
            "pack/__init__.py": "seen = []\n",
        },
    )

    assert [load(folder).names["count"] for _ in range(3)] == [2, 2, 2]


def test_an_edit_of_the_same_size_in_the_same_second_counts(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(
        tmp_path, {"main.py": "import helper\nx = helper.X\n" + APP, "helper.py": "X = 0\n"}
    )
    seen: list[int] = []
    for n in range(5):
        for name, text in {"helper.py": f"X = {n}\n"}.items():
            (folder / name).write_text(text)
            os.utime(folder / name, (1_700_000_000, 1_700_000_000))
        seen.append(load(folder).names["x"])

    assert seen == [0, 1, 2, 3, 4]


def test_no_compiled_file_is_left_beside_the_answer(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(
        tmp_path,
        {"main.py": "import helper, pack\n" + APP, "helper.py": "", "pack/__init__.py": ""},
    )

    load(folder)

    assert not list(folder.rglob("__pycache__"))


def test_nothing_is_left_in_the_process(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(
        tmp_path,
        {
            "main.py": "import sys, os, helper, pack.inner\nsys.path.insert(0, '/nowhere')\n"
            "sys.path.append(os.getcwd())\nos.makedirs('deep')\nos.chdir('deep')\n" + APP,
            "helper.py": "",
            "pack/__init__.py": "",
            "pack/inner.py": "",
        },
    )
    before = (set(sys.modules), list(sys.path), os.getcwd(), list(sys.meta_path))

    loaded = load(folder)

    assert (set(sys.modules), list(sys.path), os.getcwd(), list(sys.meta_path)) == before
    assert not loaded.folder.exists()
    assert list((tmp_path / "room").iterdir()) == []


def test_what_a_warm_process_has_imported_is_not_looked_up_again(
    tmp_path: Path, load: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path, {"main.py": "import helper\n" + APP, "helper.py": ""})
    looked_up: list[str] = []

    def places(module: Any) -> list[object]:
        looked_up.append(module.__name__)
        return [module.__dict__.get("__file__")]

    monkeypatch.setattr(loading, "_elsewhere", dict[str, Any]())
    monkeypatch.setattr(loading, "_places", places)
    loading.remember_modules()
    load(folder)

    assert "helper" in looked_up
    assert "pytest" not in looked_up
    assert "helper" not in sys.modules


def test_nothing_is_left_in_the_process_after_a_fault(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(tmp_path, {"main.py": "import helper\n1 / 0\n", "helper.py": ""})
    before = (set(sys.modules), list(sys.path), os.getcwd(), list(sys.meta_path))

    with pytest.raises(AnswerFault):
        load(folder)

    assert (set(sys.modules), list(sys.path), os.getcwd(), list(sys.meta_path)) == before


def test_a_module_that_the_run_itself_has_called_main_survives(
    tmp_path: Path, load: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    import types

    mine = types.ModuleType("main")
    monkeypatch.setitem(sys.modules, "main", mine)
    folder = folder_of(tmp_path, {"main.py": APP})

    load(folder)

    assert sys.modules["main"] is mine


# What modules may do while their test runs


def test_forward_references_of_pydantic_work(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(
        tmp_path,
        {
            "main.py": "from __future__ import annotations\n"
            "from fastapi import FastAPI\nfrom pydantic import BaseModel\napp = FastAPI()\n"
            "class Post(BaseModel):\n    user: User\n"
            "class User(BaseModel):\n    name: str\n"
            "@app.post('/posts')\nasync def post(post: Post) -> Post:\n    return post\n"
            "made = Post(user=User(name='Ada')).model_dump()\n"
        },
    )

    assert load(folder).names["made"] == {"user": {"name": "Ada"}}


def test_a_folder_that_is_a_package_is_imported_as_one(
    tmp_path: Path, load: Callable[..., Loaded]
) -> None:
    folder = folder_of(
        tmp_path,
        {
            "__init__.py": "",
            "service.py": "ready = 'ready'\n",
            "main.py": "from .service import ready\n" + APP,
        },
    )

    assert load(folder).names["ready"] == "ready"


def test_dataclasses_and_pickles_work(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(
        tmp_path,
        {
            "main.py": "from __future__ import annotations\nimport pickle\nfrom dataclasses import dataclass, field\n"
            "from typing import ClassVar\nimport typing\n"
            "@dataclass\nclass Row:\n    n: int\n    kinds: ClassVar[list[str]] = []\n    more: list[int] = field(default_factory=list)\n"
            "again = pickle.loads(pickle.dumps(Row(1))).n\n"
            "hints = sorted(typing.get_type_hints(Row))\n" + APP
        },
    )

    names = load(folder).names

    assert (names["again"], names["hints"]) == (1, ["kinds", "more", "n"])
    assert pickle.dumps(names["again"])


def test_tracebacks_show_the_learners_own_file(tmp_path: Path, exercise: Path) -> None:
    folder = folder_of(
        tmp_path, {"main.py": "import helper\n" + APP, "helper.py": "def f(): ...\n"}
    )

    with copied(Answer(exercise, folder), tmp_path / "room") as copy:
        app: Any = copy.load()
        helper: Any = sys.modules["helper"]
        assert app.__code__.co_filename == str(folder / "main.py")
        assert helper.f.__code__.co_filename == str(folder / "helper.py")
        assert Path(helper.__file__).parent == copy.folder


def test_the_answer_runs_in_a_working_tree_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import pathlib\npathlib.Path('left.txt').write_text('x')\n"
        "pathlib.Path(__file__).with_name('also.txt').write_text('x')\n" + APP
    )

    run_spec(EXERCISE, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.py"]


def test_the_repository_stays_clean() -> None:
    def status() -> str:
        return subprocess.run(
            ["git", "status", "--porcelain", "exercises", "solutions"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    before = status()
    for exercise in ("05_startup_and_shutdown", "07_write_rows"):
        if (ROOT / "solutions" / exercise).is_dir():
            run_spec(exercise, ROOT / "solutions" / exercise)
    assert status() == before


# Libraries that keep a registry of an answer's classes


REGISTRY = """
seen = set()

def register(name):
    assert name not in seen, f"{name} is defined for this registry"
    seen.add(name)
"""

REGISTERS = (
    """
import made_up_registry.table
made_up_registry.table.register("Hero")
registry = made_up_registry.table
"""
    + APP
)

SQLMODEL = (
    """
from sqlmodel import Field, SQLModel, select

class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str

query = str(select(Hero).where(Hero.name == "Ada"))
"""
    + APP
)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A library that raises when a class is put into it a second time."""
    folder = folder_of(
        tmp_path / "libraries",
        {"made_up_registry/__init__.py": "", "made_up_registry/table.py": REGISTRY},
    )
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    yield
    for name in [name for name in sys.modules if name.startswith("made_up_registry")]:
        del sys.modules[name]


@pytest.mark.usefixtures("registry")
def test_a_library_that_keeps_a_registry_is_imported_anew_with_each_answer(
    tmp_path: Path, load: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path, {"main.py": REGISTERS})
    monkeypatch.setattr(loading, "KEEP_A_REGISTRY", ("made_up_registry",))

    first, second = load(folder), load(folder)

    assert first.names["registry"] is not second.names["registry"]
    assert not any(name.startswith("made_up_registry") for name in sys.modules)


@pytest.mark.usefixtures("registry")
def test_other_libraries_are_imported_once(tmp_path: Path, load: Callable[..., Loaded]) -> None:
    folder = folder_of(tmp_path, {"main.py": REGISTERS})
    load(folder)

    with pytest.raises(AnswerFault) as caught:
        load(folder)

    assert "Hero is defined" in caught.value.came


def test_an_answer_with_a_table_of_sqlmodel_can_be_imported_again(
    tmp_path: Path, exercise: Path, load: Callable[..., Loaded]
) -> None:
    pytest.importorskip("sqlmodel")
    folder = folder_of(tmp_path, {"main.py": SQLMODEL})

    assert "hero.name" in load(folder).names["query"]
    with copied(Answer(exercise, folder), tmp_path / "room") as copy:
        copy.load()
        # As at a restart within one spec.
        copy.reload()
        assert copy.module is not None
        assert "hero.name" in vars(copy.module)["query"]


def test_a_spec_beside_the_answer_is_not_the_learners_own(tmp_path: Path, exercise: Path) -> None:
    """Judged where it was written, the answer has the specs in its folder; what they do is not its doing."""
    (exercise / "main.py").write_text(APP)
    with copied(Answer(exercise, exercise), tmp_path / "room") as copy:
        assert copy.owns(str(exercise / "main.py"))
        assert copy.owns(str(exercise / "helpers" / "deep.py"))
        assert not copy.owns(str(exercise / "test_made_up.py"))
        assert not copy.owns(str(exercise / "vendor.py"))
