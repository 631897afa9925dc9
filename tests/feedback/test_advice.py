"""What is advised depends on the line that raised the exception, where its message alone does not tell the mistake."""

import pytest

from kata.feedback.advice import advice_for

INSERT = 'await db.execute("INSERT INTO users (name) VALUES (?)", (new.name,))'


@pytest.mark.parametrize(
    "code",
    ["await db.commit()", "await asyncio.to_thread(db.commit)", 'await db.execute("COMMIT")'],
)
def test_a_commit_has_readers_in_its_way(code: str) -> None:
    said = advice_for("OperationalError", "database is locked", code)

    assert said.startswith("At a commit it is readers")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("database is locked", INSERT),
        # A session writes what it holds when it commits, and that statement found the file locked.
        (
            "(sqlite3.OperationalError) database is locked [SQL: INSERT INTO users (name) VALUES (?)]",
            "await session.commit()",
        ),
    ],
)
def test_another_statement_may_have_anybody_in_its_way(message: str, code: str) -> None:
    said = advice_for("OperationalError", message, code)

    assert said.startswith("Another connection has the file locked")
