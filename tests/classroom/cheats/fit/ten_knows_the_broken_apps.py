"""Its test looks main.py up among the broken apps of the kata.

Exercise: 10
Is for: telling apps apart by their text
Ends: is reported
"""

from pathlib import Path

import kata


def code(path: Path) -> str:
    return "\n".join(path.read_text("utf-8").splitlines()[1:])


def test_it_is_not_a_broken_one() -> None:
    broken = Path(kata.__file__).parent / "suite" / "broken" / "10_test_it_yourself"
    mine = code(Path("main.py"))
    assert all(code(path) != mine for path in broken.glob("*.py"))
