"""What a spec can ask for: what passes, what fails, and the words of the failure."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from kata.feedback.failure import Finding, SpecFailure
from kata.feedback.left_behind import GOES_ON
from kata.spec.expect import Expect
from kata.spec.world import World
from tests.helpers.trial import handler, lifespan, tried

FINE = handler("return {}")


@dataclass
class Said:
    """A response, without a server."""

    text: str
    status_code: int = 200

    def json(self) -> Any:
        import json

        return json.loads(self.text)


def asked(
    ask: Callable[[Expect], object], prepare: Callable[[World], None] = lambda world: None
) -> Finding | None:
    """The failure of a spec that only asks for this, or None if it passes."""

    async def spec(world: World, expect: Expect) -> None:
        prepare(world)
        ask(expect)

    return tried(FINE, spec).failure


def failed(
    ask: Callable[[Expect], object], prepare: Callable[[World], None] = lambda world: None
) -> Finding:
    finding = asked(ask, prepare)
    assert finding is not None, "it passed"
    return finding


# Statuses


def test_a_status_that_came_passes() -> None:
    assert asked(lambda expect: expect.status(Said("", 204), 204)) is None


def test_another_status_says_both_and_the_body() -> None:
    finding = failed(lambda expect: expect.status(Said(" no \n", 404), 200, why="Add the route."))

    assert finding.expected == "status 200"
    assert finding.came == "status 404 with the body no"
    assert finding.teaches == "Add the route."


@pytest.mark.parametrize(
    ("path", "teaches"),
    [
        ("/", "The why."),
        ("/nowhere", "No route answers this path"),
        ("/mounted/nowhere", "No route"),
    ],
)
def test_a_404_says_whether_it_was_a_route_that_answered(path: str, teaches: str) -> None:
    async def spec(world: World, expect: Expect) -> None:
        for response in (await world.client.get(path), await world.asgi.get(path)):
            with pytest.raises(SpecFailure) as failure:
                expect.status(response, 200, why="The why.")
            assert failure.value.finding.teaches.startswith(teaches)

    assert tried(NOT_FOUND, spec, serves=True).passed


NOT_FOUND = handler("raise HTTPException(404)") + "app.mount('/mounted', FastAPI())\n"


POLLS = """
end = asyncio.get_running_loop().time() + 2
while asyncio.get_running_loop().time() < end:
    await asyncio.sleep({})
"""


@pytest.mark.parametrize(
    ("pause", "passes"),
    [(0.002, True), (0.01, True), (0.03, True), (0.09, True), (0.7, False), (1.5, False)],
)
def test_who_polls_may_be_late_by_a_look(pause: float, passes: bool) -> None:
    async def spec(world: World, expect: Expect) -> None:
        with expect.seconds(2):
            await world.client.get("/")

    assert (tried(handler(POLLS.format(pause)), spec, serves=True).failure is None) is passes


@pytest.mark.parametrize(("pause", "named"), [(0.7, True), (0.4, False)])
def test_who_polls_seldom_is_told_that_it_is_late_by_a_look(pause: float, named: bool) -> None:
    async def spec(world: World, expect: Expect) -> None:
        with expect.seconds(2, why="The why."):
            await world.client.get("/")

    # The second one is late for another reason.
    answer = handler(POLLS.format(pause) + ("" if named else "await asyncio.sleep(2)\n"))
    failed = tried(answer, spec, serves=True).failed

    said = "This line looks every 0.7 s whether it may go on, and so it is late by up to 0.7 s"
    assert failed.teaches.startswith(said if named else "The why.")
    assert failed.code == (f"await asyncio.sleep({pause})" if named else "")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("asyncio.create_task(asyncio.sleep(2))", "asyncio.create_task(asyncio.sleep(2))"),
        (
            "async def later():\n    await asyncio.sleep(2)\nasyncio.create_task(later())\nawait asyncio.sleep(0.5)",
            "await asyncio.sleep(2)",
        ),
        ("kept.append(asyncio.create_task(asyncio.sleep(0.5)))\nawait asyncio.sleep(1)", ""),
        ("await asyncio.sleep(0.5)", ""),
    ],
)
def test_an_answer_that_comes_too_soon_shows_what_still_waits(body: str, code: str) -> None:
    async def spec(world: World, expect: Expect) -> None:
        with expect.seconds(2, why="The why."):
            await world.client.get("/")

    failed = tried(handler(body), spec, serves=True).failed
    assert failed.teaches == (f"{GOES_ON} The why." if code else "The why.")
    assert failed.code == code


@pytest.mark.parametrize(
    ("method", "path", "teaches"),
    [
        ("GET", "/posted", "A route answers this path, but not for GET"),
        ("POST", "/", "The why."),  # the spec knows better which method it wants, and why
        ("GET", "/posted/", "The path of your route differs by a slash"),
    ],
)
def test_a_path_that_is_nearly_right_has_its_own_sentence(
    method: str, path: str, teaches: str
) -> None:
    async def spec(world: World, expect: Expect) -> None:
        for driver in (world.client, world.asgi):
            with pytest.raises(SpecFailure) as failure:
                expect.status(await driver.request(method, path), 200, why="The why.")
            assert failure.value.finding.teaches.startswith(teaches)

    answer = handler("return 1") + "@app.post('/posted')\nasync def posted():\n    return 1\n"
    assert tried(answer, spec, serves=True).passed


def test_a_status_without_a_body_says_only_the_status() -> None:
    finding = failed(lambda expect: expect.status(Said("", 404), 200))

    assert finding.came == "status 404"


def test_a_long_body_is_cut_in_the_middle() -> None:
    finding = failed(lambda expect: expect.status(Said("a" * 900 + "z" * 900, 404), 200))

    assert len(finding.came) < 160
    assert finding.came.startswith("status 404 with the body aaa")
    assert " … " in finding.came
    assert finding.came.endswith("zzz")


# JSON


EQUAL: list[tuple[str, object]] = [
    ("{}", {}),
    ("[]", []),
    ("null", None),
    ("7", 7),
    ("7.5", 7.5),
    ("true", True),
    ('"é"', "é"),
    ('{"a": 1, "b": [2, {"c": null}]}', {"b": [2, {"c": None}], "a": 1}),
    ("2", 2.0),
    ("2.0", 2),
    ("[1.0, 2]", [1, 2.0]),
]

DIFFERENT: list[tuple[str, object]] = [
    ("{}", []),
    ("null", {}),
    ("null", False),
    ("0", None),
    ("1", True),
    ("true", 1),
    ("false", 0),
    ("0", False),
    ("1.0", True),
    ("[1, 2]", [2, 1]),
    ("[1]", [True]),
    ('{"a": 1}', {"a": True}),
    ('{"a": {"b": [0]}}', {"a": {"b": [False]}}),
    ('{"a": 1}', {"a": 1, "b": None}),
    ('{"a": 1, "b": 2}', {"a": 1}),
    ('"1"', 1),
    ("[]", [[]]),
]


@pytest.mark.parametrize(("text", "value"), EQUAL, ids=str)
def test_the_same_json_passes(text: str, value: object) -> None:
    assert asked(lambda expect: expect.json(Said(text), value)) is None


@pytest.mark.parametrize(("text", "value"), DIFFERENT, ids=str)
def test_other_json_fails(text: str, value: object) -> None:
    finding = failed(lambda expect: expect.json(Said(text), value, why="Look."))

    assert finding.came != finding.expected
    assert finding.teaches == "Look."


def test_other_json_says_both_as_json() -> None:
    finding = failed(lambda expect: expect.json(Said('{"ok":"é"}'), {"ok": None}))

    assert finding.expected == '{"ok": null}'
    assert finding.came == '{"ok": "é"}'


def test_the_json_of_an_error_says_its_status() -> None:
    finding = failed(lambda expect: expect.json(Said('{"detail": "no"}', 404), {}))

    assert finding.came == '{"detail": "no"}, status 404'


@pytest.mark.parametrize("text", ["Internal Server Error", "{", "<p>", "'a'"])
def test_a_body_that_is_no_json_is_shown(text: str) -> None:
    finding = failed(lambda expect: expect.json(Said(text, 500), {}))

    assert finding.came == f"a body that is not JSON with the body {text}, status 500"


def test_a_body_too_deep_for_json_is_no_json() -> None:
    finding = failed(lambda expect: expect.json(Said("[" * 200_000), {}))

    assert finding.came.startswith("a body that is not JSON with the body [[[")


def test_an_item_more_in_the_middle_is_shown() -> None:
    same = list(range(500))

    finding = failed(
        lambda expect: expect.json(Said(as_json([*same[:250], -7, *same[250:]])), same)
    )

    assert "249, -7, 250" in finding.came
    assert "249, 250, 251" in finding.expected


def test_a_response_of_the_client_and_of_the_raw_driver_are_read_alike() -> None:
    async def spec(world: World, expect: Expect) -> None:
        for response in (await world.client.get("/"), await world.asgi.get("/")):
            expect.status(response, 200)
            expect.json(response, {"é": [1, True]})

    assert tried(handler("return {'é': [1, True]}"), spec, serves=True).passed


def test_no_body_is_no_json() -> None:
    finding = failed(lambda expect: expect.json(Said(""), {}))

    assert finding.came == "a body that is not JSON, status 200"


def test_long_json_is_cut_in_the_middle() -> None:
    finding = failed(lambda expect: expect.json(Said(f"[{'1, ' * 1000}2]"), list(range(1000))))

    assert len(finding.came) <= 300
    assert len(finding.expected) <= 300
    assert finding.came.startswith("[1, 1, ")
    assert finding.came.endswith(" 1, 2]")


def test_long_json_shows_where_it_differs() -> None:
    same = [f"user{n}" for n in range(100)]
    other = [*same[:50], "somebody else", *same[51:]]

    finding = failed(lambda expect: expect.json(Said(as_json(other)), same))

    assert "somebody else" in finding.came
    assert "user50" in finding.expected
    assert len(finding.came) <= 300


def as_json(value: object) -> str:
    import json

    return json.dumps(value)


# Values


@pytest.mark.parametrize(
    ("came", "expected"),
    [(1, 1), ("a", "a"), ([], []), (None, None), (1, 1.0), ({1}, {1})],
    ids=str,
)
def test_equal_values_pass(came: object, expected: object) -> None:
    assert asked(lambda expect: expect.equal(came, expected, "the value")) is None


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (1, 2),
        ("a", "b"),
        ([], ()),
        (None, False),
        (1, True),
        ([False], [0]),
        ({"a": 1}, {"a": True}),
    ],
    ids=str,
)
def test_other_values_fail_in_words(came: object, expected: object) -> None:
    finding = failed(lambda expect: expect.equal(came, expected, "calls", why="One each."))

    assert finding.expected == f"calls: {expected if isinstance(expected, str) else repr(expected)}"
    assert finding.came == f"calls: {came if isinstance(came, str) else repr(came)}"
    assert finding.teaches == "One each."


def test_a_set_is_shown_in_one_order_in_each_process() -> None:
    finding = failed(lambda expect: expect.equal(set("hgfedcba"), {"a"}, "letters"))
    assert finding.came == "letters: {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}"
    assert finding.expected == "letters: {'a'}"


def test_values_that_look_the_same_are_told_apart() -> None:
    finding = failed(lambda expect: expect.equal("1", 1, "the number"))

    assert (finding.expected, finding.came) == ("the number: 1", "the number: '1'")


def test_long_values_show_where_they_differ() -> None:
    same = ", ".join(map(str, range(1000)))
    other = same.replace("500", "five hundred")

    finding = failed(lambda expect: expect.equal(other, same, "the numbers"))

    assert "five hundred" in finding.came
    assert " 500, " in finding.expected
    assert len(finding.came) <= 300


@pytest.mark.parametrize("truth", [True, 1, "a", [0]])
def test_a_condition_that_holds_passes(truth: object) -> None:
    assert asked(lambda expect: expect.that(truth, expected="a", came="b")) is None


@pytest.mark.parametrize("lie", [False, 0, "", [], None])
def test_a_condition_that_does_not_hold_fails_in_its_words(lie: object) -> None:
    finding = failed(lambda expect: expect.that(lie, expected="a peak of 3", came="7", why="Wait."))

    assert (finding.expected, finding.came, finding.teaches) == ("a peak of 3", "7", "Wait.")


# Seconds


def took(seconds: float, answer: str = FINE, **asked_for: Any) -> Finding | None:
    async def spec(world: World, expect: Expect) -> None:
        with expect.seconds(**asked_for):
            await asyncio.sleep(seconds)

    return tried(answer, spec, serves=True).failure


@pytest.mark.parametrize("seconds", [2, 2.09, 1.91])
def test_the_time_that_was_asked_for_passes(seconds: float) -> None:
    assert took(seconds, exactly=2) is None


@pytest.mark.parametrize("seconds", [0, 1.88, 2.12, 5])
def test_another_time_fails_and_says_both(seconds: float) -> None:
    finding = took(seconds, exactly=2, what="GET /", why="Together.")

    assert finding is not None
    assert finding.expected == "GET / takes 2 s"
    assert finding.came == f"it took {seconds} s"
    assert finding.teaches == "Together."


@pytest.mark.parametrize(("seconds", "teaches"), [(1, "Too soon."), (3, "Too late.")])
def test_a_miss_to_either_side_has_its_sentence(seconds: float, teaches: str) -> None:
    async def spec(world: World, expect: Expect) -> None:
        with expect.seconds(2, why="Too late.", too_soon="Too soon."):
            await asyncio.sleep(seconds)

    failure = tried(FINE, spec).failure
    assert failure is not None
    assert failure.teaches == teaches


def test_what_never_ends_has_its_sentence_too() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with expect.seconds(2, why="Too late.", if_stuck="Let go."):
            await asyncio.Event().wait()

    failure = tried(FINE, spec).failure
    assert failure is not None
    assert failure.teaches.endswith("nothing will ever bring. Let go.")


@pytest.mark.parametrize("seconds", [0, 1, 2, 2.0009])
def test_at_most_so_many_seconds_passes(seconds: float) -> None:
    assert took(seconds, at_most=2) is None


def test_more_than_at_most_fails() -> None:
    finding = took(2.12, at_most=2, what="all of it")

    assert finding is not None
    assert finding.expected == "all of it takes at most 2 s"
    assert finding.came == "it took 2.12 s"


@pytest.mark.parametrize(
    ("takes", "status", "came"),
    [(3, 200, "it took 3 s"), (9, 408, "it was given up after 4 s")],
)
def test_what_was_given_up_is_not_said_to_have_taken_so_long(
    takes: float, status: int, came: str
) -> None:
    statuses: list[int] = []

    async def answer() -> httpx.Response:
        await asyncio.sleep(takes)
        return httpx.Response(200)

    async def spec(world: World, expect: Expect) -> None:
        await expect.given_up_after(4, asyncio.sleep(9, httpx.Response(200)))
        with expect.seconds(at_most=2):
            statuses.append((await expect.given_up_after(4, answer())).status_code)

    failure = tried(FINE, spec).failure
    assert failure is not None
    assert (failure.came, statuses) == (came, [status])


def test_no_seconds_at_all_is_a_fault_of_the_spec() -> None:
    with pytest.raises(AssertionError, match="say how many seconds"):
        took(1)


def test_an_exception_in_the_block_is_not_taken_for_a_time() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with pytest.raises(ZeroDivisionError), expect.seconds(5):
            raise ZeroDivisionError

    assert tried(FINE, spec).passed


def test_in_real_time_a_time_may_be_off_by_a_little() -> None:
    async def spec(world: World, expect: Expect) -> float:
        return expect.tolerance

    assert tried(FINE, spec, real_time=True).result == 0.3
    assert tried(FINE, spec).result == 0.1


async def in_two_seconds(world: World, expect: Expect) -> None:
    with expect.seconds(2, "GET /", why="Wait for both together."):
        await world.client.get("/")


def test_a_blocking_call_explains_a_time_that_is_too_long() -> None:
    finding = tried(handler("time.sleep(3)"), in_two_seconds, serves=True).failed

    assert finding.teaches.startswith("time.sleep blocks the event loop")
    assert finding.code == "time.sleep(3)"
    assert "the event loop is blocked: time.sleep" in finding.picture


def test_a_blocking_call_explains_no_time_that_is_too_short() -> None:
    finding = tried(handler("time.sleep(1)"), in_two_seconds, serves=True).failed

    assert finding.teaches == "Wait for both together."


def test_waits_one_after_the_other_are_told_and_drawn() -> None:
    async def spec(world: World, expect: Expect) -> None:
        drawn = [("one", 0.0, 2.0), ("two", 0.0, 3.0)]
        with expect.seconds(3, "GET /", why="Together.", expected=drawn):
            await world.client.get("/")

    answer = handler(
        """
        async def one():
            await asyncio.sleep(2)
        async def two():
            await asyncio.sleep(3)
        await one()
        await two()
        """
    )

    finding = tried(answer, spec, serves=True).failed

    assert "expected" in finding.picture
    assert "two did not start until one had ended" in finding.teaches


# Nothing blocks


def test_a_handler_that_waits_does_not_block() -> None:
    async def spec(world: World, expect: Expect) -> None:
        await world.client.get("/")
        expect.not_blocked()

    assert tried(handler("await asyncio.sleep(1)"), spec, serves=True).passed


def test_a_handler_that_blocks_is_told_where_and_how_long() -> None:
    async def spec(world: World, expect: Expect) -> None:
        await world.client.get("/")
        expect.not_blocked(why="Use a thread.")

    finding = tried(handler("time.sleep(1.5)"), spec, serves=True).failed

    assert finding.came == "time.sleep held it up for 1.5 s during GET /"
    assert finding.code == "time.sleep(1.5)"
    assert finding.teaches == (
        "time.sleep blocks the event loop: nothing else moves until this line returns. Use a thread."
    )


# Nothing is left (each kind in test_leaks.py)


def test_nothing_left_passes_after_a_clean_shutdown() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve():
            pass
        expect.nothing_left()

    assert tried(lifespan("async with aiosqlite.connect('test.db'):\n    yield"), spec).passed


def test_nothing_left_counts_a_dropped_coroutine() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve() as client:
            await client.get("/")
        expect.nothing_left()

    finding = tried(handler("asyncio.sleep(1)"), spec).failed

    assert finding.came == "still open: the coroutine sleep, never awaited"


def test_what_is_not_written_yet_outranks_what_is_left() -> None:
    async def spec(world: World, expect: Expect) -> None:
        async with world.serve() as client:
            await client.get("/")
        expect.nothing_left()

    answer = handler("kept.append(sqlite3.connect('test.db'))\nraise NotImplementedError")

    assert tried(answer, spec).failed.not_started


# What is known outranks what the spec supposes


def test_an_exception_in_the_handler_outranks_the_sentence_of_the_spec() -> None:
    async def spec(world: World, expect: Expect) -> None:
        expect.json(await world.client.get("/"), {}, why="Return a dictionary.")

    finding = tried(handler("int('seven')"), spec, serves=True).failed

    assert finding.teaches.startswith("The handler raised ValueError")
    assert finding.code == "int('seven')"


def test_of_two_exceptions_the_one_of_the_request_in_question_is_told() -> None:
    async def spec(world: World, expect: Expect) -> None:
        first = await world.client.get("/?number=seven")
        await world.client.get("/other")
        expect.status(first, 200)

    answer = handler("int('seven')") + "@app.get('/other')\nasync def other():\n    1 / 0\n"

    finding = tried(answer, spec, serves=True).failed

    assert finding.code == "int('seven')"


BODY_FAILS = """
async def parts():
    raise ValueError("no")
    yield b""
return StreamingResponse(parts())
"""
TASK_FAILS = """
def task():
    raise ValueError("no")
return JSONResponse({}, background=BackgroundTask(task))
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no')", "The handler raised ValueError: no"),
        (BODY_FAILS, "The answer had begun when its body raised ValueError: no"),
        (TASK_FAILS, "A background task raised ValueError: no"),
    ],
)
def test_the_part_of_a_request_that_raised_is_named(body: str, said: str) -> None:
    async def spec(world: World, expect: Expect) -> None:
        with contextlib.suppress(httpx.HTTPError):
            await world.client.get("/")
        await asyncio.sleep(1)  # what follows the answer begins then
        expect.that(False, expected="one thing", came="another")

    imports = "from starlette.background import BackgroundTask\nfrom fastapi.responses import JSONResponse\n"
    failed = tried(imports + handler(body), spec, serves=True).failed
    assert failed.teaches.startswith(said)


def test_a_status_500_names_the_exception() -> None:
    async def spec(world: World, expect: Expect) -> None:
        expect.status(await world.client.get("/"), 200)

    finding = tried(handler("1 / 0"), spec, serves=True).failed

    assert finding.came.startswith("status 500")
    assert finding.came.endswith("(ZeroDivisionError)")


def test_a_dropped_coroutine_outranks_the_sentence_of_the_spec() -> None:
    async def spec(world: World, expect: Expect) -> None:
        with expect.seconds(1, "GET /", why="Wait."):
            await world.client.get("/")

    finding = tried(handler("asyncio.sleep(1)"), spec, serves=True).failed

    assert "You built a coroutine and dropped it" in finding.teaches
    assert finding.code == "asyncio.sleep(1)"


def test_a_dropped_coroutine_in_a_cycle_is_seen_too() -> None:
    async def spec(world: World, expect: Expect) -> None:
        await world.client.get("/")
        expect.equal(1, 2, "the number", why="Count.")

    finding = tried(handler("one = [asyncio.sleep(1)]\none.append(one)"), spec, serves=True).failed

    assert "You built a coroutine and dropped it" in finding.teaches


def test_a_call_to_nobody_is_named() -> None:
    async def spec(world: World, expect: Expect) -> None:
        await world.client.get("/")
        expect.equal(1, 2, "the number")

    answer = handler(
        """
        async with httpx.AsyncClient() as client:
            with contextlib.suppress(httpx.ConnectError):
                await client.get("https://wrong.example/a")
        """
    )

    came = tried(answer, spec, serves=True).failed.came

    assert came == "the number: 1; it called GET https://wrong.example/a, which nobody serves"


def test_an_unfinished_part_is_not_started_whatever_the_spec_asks() -> None:
    async def spec(world: World, expect: Expect) -> None:
        expect.status(await world.client.get("/"), 200, why="Answer.")

    finding = tried(handler("raise NotImplementedError('soon')"), spec, serves=True).failed

    assert finding.not_started
    assert finding.came == "NotImplementedError: soon"
    assert finding.teaches == "This part is not written yet. The lesson says what it should do."


def test_a_status_500_that_was_asked_for_forgives_its_own_request_only() -> None:
    async def spec(world: World, expect: Expect) -> set[str]:
        expect.status(await world.client.get("/?a=1"), 500)
        expect.status(await world.asgi.get("/nowhere"), 404)
        return world.probes.forgiven

    assert tried(handler("1 / 0"), spec, serves=True).result == {"GET /"}
