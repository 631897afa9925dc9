"""Does every import of the package `kata` go down its layers? The layers stand in pyproject.toml.

`python scripts/layers.py` runs import-linter, and before that looks whether import-linter sees every file: a folder
without `__init__.py` is none of its business, and so would be whatever is imported there. Exit code 1 if a contract is
broken or a file is not seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
DATA = ("stubs", "specs", "broken", "right", "handed_out")
"""Folders of the package that hold data: their files are never imported by it."""


def files_of(package: Path) -> Iterator[Path]:
    """The modules of a package as files, without its data."""
    for path in sorted(package.rglob("*.py")):
        if not set(DATA) & set(path.relative_to(package).parts):
            yield path


def not_seen(package: Path) -> list[Path]:
    """The files of an importable package that import-linter leaves out."""
    seen = grimp.build_graph(package.name, cache_dir=None).modules
    return [path for path in files_of(package) if _module(path, package) not in seen]


def _module(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def main() -> int:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    left_out = not_seen(ROOT / "kata")
    for path in left_out:
        print(f"{path.relative_to(ROOT)} is not checked: a folder above it has no __init__.py.")
    if left_out:
        print()
    contracts = lint_imports(no_cache=True, no_logo=True)
    return 1 if left_out else contracts


if __name__ == "__main__":
    raise SystemExit(main())
