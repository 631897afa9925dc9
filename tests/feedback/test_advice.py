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


def test_half_a_character_at_the_end_of_a_piece() -> None:
    message = "'utf-8' codec can't decode byte 0xc3 in position 1067: unexpected end of data"
    assert "put all pieces together" in advice_for(
        "UnicodeDecodeError", message, "text += chunk.decode()"
    )
    assert "need not be text" in advice_for("UnicodeDecodeError", message, "return response.json()")


def test_a_body_that_is_still_packed() -> None:
    message = "'utf-8' codec can't decode byte 0x8b in position 1: invalid start byte"
    assert "gzip" in advice_for("UnicodeDecodeError", message, "return json.loads(body)")


def test_a_status_without_a_standard_name() -> None:
    assert "take the number" in advice_for(
        "ValueError", "499 is not a valid HTTPStatus", "HTTPStatus(code)"
    )
