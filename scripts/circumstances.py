"""Draws the tables of circumstances: python scripts/circumstances.py writes docs/circumstances.md."""

from __future__ import annotations

from pathlib import Path

from kata.course.circumstances_page import page
from kata.course.course import Course


def main() -> None:
    root = Path(__file__).resolve().parents[1]
    target = root / "docs" / "circumstances.md"
    target.write_text(page(Course(root)), "utf-8")
    print(f"written: {target.relative_to(root)}")


if __name__ == "__main__":
    main()
