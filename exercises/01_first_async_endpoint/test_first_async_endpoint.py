"""What the first async endpoint is held to."""

import asyncio
import contextlib

import httpx

from kata.spec.types import Asgi, Client, Clock, Expect, Serve

MESSAGE = {"message": "This is an async response!"}

STATUS = "The status is 200 unless you ask for another one."

EACH = "Each request is answered with the whole message, whoever came before or beside it."

NTH = ("first", "second", "third", "fourth", "fifth")

TWO_PROXIES = "203.0.113.7, 198.51.100.2"
"""What the second of two proxies writes into the header X-Forwarded-For."""

IDLE = 12
"""Seconds without a request: more than those after which anyio ends its threads, and connections are closed."""


async def test_it_answers_with_the_message(client: Client, expect: Expect) -> None:
    """`GET /async-endpoint` answers 200 with {"message": "This is an async response!"}."""
    response = await client.get("/async-endpoint")

    expect.status(response, 200, why=STATUS)
    expect.json(response, MESSAGE, why=about_the_body(response.text))


async def test_the_answer_takes_two_seconds(
    client: Client, asgi: Asgi, expect: Expect, clock: Clock
) -> None:
    """Each request is answered two seconds after it came, neither sooner nor later, whoever sent it."""
    with expect.seconds(
        2,
        "GET /async-endpoint",
        why="Await a sleep of two seconds, once, before you return.",
        too_soon="The answer left before two seconds were over: await the sleep before you return. A background task, "
        "and what follows a dependency's `yield`, run after the answer.",
    ):
        await client.get("/async-endpoint")

    for idle, when in (
        (0, "a second GET /async-endpoint"),
        (IDLE, "one more, after 12 idle seconds,"),
    ):
        await clock.sleep(idle)
        with expect.seconds(
            2,
            when,
            why="Each request awaits one sleep of two seconds, this one like the first.",
            too_soon="Only the first request waited: each one awaits a sleep of its own.",
            if_stuck=f"This was {when.rstrip(',')}.",
        ):
            await client.get("/async-endpoint")

    with asgi.from_one_address():
        for when in (
            "GET /async-endpoint, from a new address,",
            "another GET /async-endpoint, from the same address,",
        ):
            with expect.seconds(2, when, why=WHOEVER):
                response = await client.get("/async-endpoint")

    query = dict.fromkeys(await parameters_of(client), "1") or {"seconds": "1"}
    for who, headers, params, why in (
        ("who has come through two proxies", {"x-forwarded-for": TWO_PROXIES}, {}, WHOEVER),
        ("who brings the cookies of an answer back", cookies_of(response), {}, WHOEVER),
        (f"with {' and '.join(query)} in the query", {}, query, NO_PARAMETER),
    ):
        with expect.seconds(2, f"GET /async-endpoint, from one {who},", why=why):
            response = await client.get("/async-endpoint", headers=headers, params=params)
            expect.status(response, 200, why=why)

    # What is refused has no say in what comes later.
    for _ in range(6):
        await client.get("/no-such-endpoint")
        await client.delete("/async-endpoint")
    with expect.seconds(2, "GET /async-endpoint, after others were refused,", why=REFUSALS):
        expect.status(await client.get("/async-endpoint"), 200, why=REFUSALS)


async def test_the_message_leaves_after_the_wait(asgi: Asgi, expect: Expect, clock: Clock) -> None:
    """The answer is complete after two seconds: nobody can read the whole of it sooner."""
    for which in ("the whole message", "the whole message of a second answer"):
        began = clock.now
        reply = await asgi.get("/async-endpoint")

        complete = (clock.now if reply.whole_at is None else reply.whole_at) - began
        expect.that(
            complete >= 2 - expect.tolerance,
            expected=f"{which} leaves after 2 s",
            came=f"it left after {complete:.3g} s",
            why="The whole answer left before two seconds were over: send it after the wait.",
        )


async def test_five_requests_wait_together(
    client: Client, asgi: Asgi, expect: Expect, clock: Clock
) -> None:
    """Requests that come together wait together: five at once are answered after two seconds."""
    for idle, which, come_from in (
        (0, "five GET /async-endpoint at once", contextlib.nullcontext),
        (0, "another five, when these were done,", contextlib.nullcontext),
        (0, "five more at once, all from one address,", asgi.from_one_address),
        (60, "five at once, after a minute without any,", contextlib.nullcontext),
    ):
        await clock.sleep(idle)
        waiting = expect.seconds(
            2,
            f"serving {which}",
            why="Five wait as long as one: let no wait depend on others, and hold nothing that they need, be it the "
            "turn, a lock or a thread.",
            too_soon="The answers left before two seconds were over: each request awaits a sleep of its "
            "own.",
            if_stuck=f"These were {which.rstrip(',')}.",
        )
        with come_from(), waiting:
            responses = await asyncio.gather(*(client.get("/async-endpoint") for _ in range(5)))
            for place, response in enumerate(responses):
                request = f"the {NTH[place]} of {which}"
                expect.status(response, 200, request=request, why=EACH)
                expect.json(response, MESSAGE, request=request, why=EACH)


async def test_each_request_waits_two_seconds_whenever_others_come(
    asgi: Asgi, expect: Expect, clock: Clock
) -> None:
    """Each request is answered two seconds after it came, whenever others come or leave."""

    async def ask(place: int, pause: float) -> None:
        await asyncio.sleep(pause)
        came = clock.now
        with expect.seconds(
            2,
            f"the {NTH[place]} GET /async-endpoint of three, which came after 0, 0.7 and 1.5 s,",
            why=HELD_UP if place else MOVED,
            too_soon=SHARED,
        ):
            reply = await asgi.get("/async-endpoint")
        expect.that(
            reply.whole_at is not None and reply.whole_at - came >= 2 - expect.tolerance,
            expected="the whole message leaves after 2 s, whenever others come",
            came="it left sooner",
            why="The whole answer left before two seconds were over: send it after the wait.",
        )

    await asgi.get("/async-endpoint")
    await clock.sleep(0.3)
    await asyncio.gather(*(ask(*each) for each in enumerate((0, 0.7, 1.5))))

    for before, has_left in ((1, "has left"), (0.25, "leaves meanwhile")):
        leaving = asyncio.create_task(asgi.leave("/async-endpoint", after=0.5))
        await clock.sleep(before)
        with expect.seconds(
            2,
            f"GET /async-endpoint, if a client who came {before:g} s before {has_left},",
            why=LEFT,
            too_soon=LEFT_TIMER,
            if_stuck=LEFT,
        ):
            expect.status(await asgi.get("/async-endpoint"), 200, why=LEFT)
        await leaving
    for _ in range(12):
        await asgi.leave("/async-endpoint", after=0.5)
    await clock.sleep(2)
    with expect.seconds(
        2,
        "five GET /async-endpoint at once, after twelve whose clients have left,",
        why=LEFT,
        too_soon=LEFT_TIMER,
        if_stuck=LEFT,
    ):
        replies = await asyncio.gather(*(asgi.get("/async-endpoint") for _ in range(5)))
    for reply in replies:
        expect.status(reply, 200, why=LEFT)


async def test_nothing_is_left_when_the_server_has_stopped(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that keeps the
    process alive.
    """
    async with serve() as client:
        await client.get("/async-endpoint")
        await asyncio.gather(client.get("/async-endpoint"), client.get("/async-endpoint"))
    async with serve() as client:
        # The first ones of a life come together.
        await asyncio.gather(*(client.get("/async-endpoint") for _ in range(3)))

    expect.nothing_left(
        why="Whatever is started must end, before its request is answered or at the shutdown."
    )


WHOEVER = "Each request awaits one sleep of two seconds, whoever sends it, and how often."

REFUSALS = "Others had asked for what is not there, and got a 404 or a 405: that has no say in this answer."

NO_PARAMETER = "A parameter of the route function is what a client may send: the two seconds are the route's own."

LEFT = (
    "Clients had left before they were answered: what a request takes it gives back also then, and nobody else is "
    "held up."
)

LEFT_TIMER = "It was answered too soon, since somebody else had left: nothing but its own two seconds ends a wait."

MOVED = (
    "A request that came later moved the moment at which this one was to end: keep nothing where "
    "others can change it."
)

HELD_UP = "An earlier request held it up: hold nothing that others need while you wait."

SHARED = (
    "It waited until a moment that is not its own, such as one that all share, or a full second: each request awaits "
    "a sleep of its own."
)


def about_the_body(text: str) -> str:
    if text == "null":
        return "A function that ends without `return` gives back None, and None is null in JSON."
    if text.startswith('"'):
        return "That is a JSON string: return a dict, and FastAPI makes the object."
    return "Clients compare the message letter by letter, so the kata does too."


def cookies_of(response: httpx.Response) -> dict[str, str]:
    """The header with which a browser brings the cookies of this answer back, if it has set some."""
    cookies = [each.split(";")[0] for each in response.headers.get_list("set-cookie")]
    return {"cookie": "; ".join(cookies)} if cookies else {}


async def parameters_of(client: Client) -> list[str]:
    """The names that the route takes from the query, if the application describes itself."""
    described = await client.get("/openapi.json")
    if described.status_code != 200:
        return []
    route = described.json().get("paths", {}).get("/async-endpoint", {}).get("get", {})
    return [each["name"] for each in route.get("parameters", []) if each["in"] == "query"]
