"""What is read from a learner's tests, to say why they notice nothing."""

import textwrap

import pytest

from kata.suite import habits
from kata.suite.jobs import AppRun, TestOutcome
from kata.suite.suite import NOT_RUN_BY_PYTEST, explained

RETURNING = """
    async def test_unknown(client):
        return (await client.get("/tea/green")).status_code == 404
"""

IN_A_BRANCH = """
    class TestTea:
        def test_price(self):
            if self.ready:
                return self.price == 3
"""

RETURNED_BY_OTHERS = """
    def fixture():
        return 3

    def test_price(respx_mock):
        def answer(request):
            return 3
        assert (lambda: 3)() == answer(None)
        return None
"""


@pytest.mark.parametrize(
    ("source", "name"), [(RETURNING, "test_unknown"), (IN_A_BRANCH, "test_price")]
)
def test_a_test_that_returns_something_is_named(source: str, name: str) -> None:
    assert habits.taught("Why.", textwrap.dedent(source)).startswith(f"`{name}` returns a value")


@pytest.mark.parametrize("base", ["TestCase", "unittest.TestCase"])
def test_a_coroutine_function_in_a_plain_test_case_is_named(base: str) -> None:
    source = f"class Tea({base}):\n    async def test_price(self): pass\n"
    assert habits.taught("Why.", source).startswith("`test_price` is a coroutine function")
    assert habits.taught("Why.", source.replace("TestCase", "IsolatedAsyncioTestCase")) == "Why."
    assert habits.taught("Why.", source.replace("async def", "def")) == "Why."


def test_two_tests_of_one_name_are_told_of() -> None:
    """Python keeps the last of them alone, so the first one notices nothing."""
    doubled = "async def test_500(): pass\nasync def test_500(): pass\n"
    in_a_class = f"class TestTea:\n{textwrap.indent(doubled, '    ')}"
    said = "Two of your tests are called `test_500`, so only the last of them is run. Why."
    assert [habits.taught("Why.", each) for each in (doubled, in_a_class)] == [said, said]
    apart = f"{in_a_class}\ndef test_500(): pass".replace("async def test_500(): pass", "pass", 1)
    assert habits.taught("Why.", apart) == "Why."
    helpers = "def order(): pass\ndef order(): pass\ndef test_it(): pass"
    assert habits.taught("Why.", helpers) == "Why."


def test_what_others_return_is_their_affair() -> None:
    assert habits.taught("Why.", textwrap.dedent(RETURNED_BY_OTHERS)) == "Why."


def test_the_fixture_of_respx_checks_no_call() -> None:
    trusting = "def test_it(respx_mock):\n    respx_mock.get('https://a.example/')\n"
    assert "Why. The fixture" in habits.taught("Why.", trusting, calls=True)
    assert habits.taught("Why.", trusting) == "Why."
    for counting in ("route.call_count == 1", "len(route.calls) == 1", "route.called"):
        assert habits.taught("Why.", f"{trusting}    assert {counting}\n", calls=True) == "Why."
    assert habits.taught("Why.", "def test_it(): pass", calls=True) == "Why."


def test_a_file_that_is_no_python_has_no_habits() -> None:
    assert habits.taught("Why.", "def test_it(:") == "Why."


def said(error: str, text: str, source: str = "") -> str:
    failed = TestOutcome("test_it", "failed", error, text)
    return explained(failed, AppRun((failed,)), source)


def test_a_mark_of_a_plugin_that_is_not_installed_is_told_of() -> None:
    marked = "@pytest.mark.asyncio\nasync def test_it(): ..."
    assert "pytest-asyncio is not installed here" in said("Failed", NOT_RUN_BY_PYTEST, marked)
    assert "mark it with `pytest.mark.anyio`" in said("Failed", NOT_RUN_BY_PYTEST)
    no_module = "No module named 'pytest_asyncio'"
    assert "pytest-asyncio is not installed here" in said("ModuleNotFoundError", no_module)


def test_a_stand_in_that_has_nothing_left_is_told_of() -> None:
    assert "no answer left" in said("RuntimeError", "coroutine raised StopIteration")
    assert "used up" in said("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)")


def test_a_test_that_returns_under_pytest_itself_is_told_of() -> None:
    text = (
        "Expected None, but test returned False. Did you mean to use `assert` instead of `return`?"
    )
    assert "what a test returns" in said("Failed", text)
