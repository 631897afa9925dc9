"""10 · Test it yourself. The lesson is in README.md, beside this file."""

import pytest

# An async test is only run if something says how: this mark gives it an event loop.
pytestmark = pytest.mark.anyio


# TODO: write tests for main.py, one for each row of the lesson's table.
async def test_the_tea_house() -> None:
    raise NotImplementedError
