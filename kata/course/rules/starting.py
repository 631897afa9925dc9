"""Run in a process of its own: import stubs, start and stop their apps, print what went wrong.

python -m kata.course.rules.starting exercises/01_x/main.py exercises/02_y/main.py
"""

import asyncio
import contextlib
import importlib.util
import io
import json
import sys
from pathlib import Path

from asgi_lifespan import LifespanManager

_SECONDS = 5


def wrong_with(path: Path) -> str | None:
    """What is wrong with a stub, as the end of a sentence."""
    known = set(sys.modules)
    sys.path.insert(0, str(path.parent))
    try:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        try:
            spec.loader.exec_module(module)
        except BaseException as error:  # a stub may even call sys.exit()
            return f"does not import: {type(error).__name__}: {error}"
        if path.name.startswith("test_"):
            return None
        if not callable(getattr(module, "app", None)):
            return "has no `app`."
        try:
            asyncio.run(_start_and_stop(module.app))
        except Exception as error:
            return f"does not start: {type(error).__name__}: {error}"
        return None
    finally:
        sys.path.remove(str(path.parent))
        for name in set(sys.modules) - known:
            if getattr(sys.modules[name], "__file__", None) and str(path.parent) in str(
                sys.modules[name].__file__
            ):
                del sys.modules[name]


async def _start_and_stop(app: object) -> None:
    async with LifespanManager(app, _SECONDS, _SECONDS):  # type: ignore[arg-type]
        pass


def main() -> None:
    wrong: dict[str, str] = {}
    with contextlib.redirect_stdout(io.StringIO()):  # what a stub prints is not our answer
        for name in sys.argv[1:]:
            if what := wrong_with(Path(name)):
                wrong[name] = what
    print(json.dumps(wrong))


if __name__ == "__main__":
    main()
