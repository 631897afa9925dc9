"""What the first async endpoint is held to."""

import asyncio

from kata.spec.types import Asgi, Client, Clock, Expect, Serve

STATUS = "The status is 200 unless you ask for another one."


async def test_it_answers_with_the_message(client: Client, expect: Expect) -> None:
    """`GET /async-endpoint` answers 200 with {"message": "This is an async response!"}."""
    response = await client.get("/async-endpoint")

    expect.status(response, 200, why=STATUS)
    expect.json(
        response,
        {"message": "This is an async response!"},
        why=about_the_body(response.text),
    )


async def test_the_answer_takes_two_seconds(client: Client, expect: Expect, clock: Clock) -> None:
    """Each request is answered two seconds after it came, neither sooner nor later."""
    with expect.seconds(
        2,
        "GET /async-endpoint",
        why="Await a sleep of two seconds, once, before you return.",
    ):
        await client.get("/async-endpoint")

    with expect.seconds(
        2,
        "a second GET /async-endpoint",
        why="Each request awaits one sleep of two seconds, the second like the first.",
        too_soon="Only the first request waited: each one awaits a sleep of its own.",
    ):
        await client.get("/async-endpoint")

    earlier = asyncio.create_task(client.get("/async-endpoint"))
    await clock.sleep(0.7)
    with expect.seconds(
        2,
        "a GET /async-endpoint that comes 0.7 s after another",
        why="Another request held it up, or a moment that all share: each one awaits a sleep of its "
        "own, and holds nothing meanwhile.",
        too_soon="It waited for a moment that all share: each request awaits a sleep of its own.",
    ):
        await client.get("/async-endpoint")
    await earlier


async def test_the_message_leaves_after_the_wait(asgi: Asgi, expect: Expect, clock: Clock) -> None:
    """The answer is complete after two seconds: nobody can read the whole of it sooner."""
    began = clock.now
    reply = await asgi.get("/async-endpoint")

    complete = reply.parts[-1][0] - began if reply.parts else clock.now - began
    expect.that(
        complete >= 2 - expect.tolerance,
        expected="the whole message leaves after 2 s",
        came=f"it left after {complete:.3g} s",
        why="The whole answer left before two seconds were over: send it after the wait.",
    )


async def test_five_requests_wait_together(client: Client, expect: Expect) -> None:
    """Requests that come together wait together: five at once are answered after two seconds."""
    with expect.seconds(
        2,
        "serving five GET /async-endpoint at once",
        why="Five wait as long as one: hold nothing meanwhile that the others need, be it the turn, "
        "a lock or a thread.",
        too_soon="The answers left before two seconds were over: each request awaits a sleep of its "
        "own.",
    ):
        await asyncio.gather(*(client.get("/async-endpoint") for _ in range(5)))


async def test_nothing_is_left_when_the_server_has_stopped(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that keeps the
    process alive.
    """
    async with serve() as client:
        await client.get("/async-endpoint")
        await asyncio.gather(client.get("/async-endpoint"), client.get("/async-endpoint"))

    expect.nothing_left(
        why="Whatever a request starts must end, before its answer or at the shutdown: for every "
        "request, not only the last."
    )


def about_the_body(text: str) -> str:
    if text == "null":
        return "A function that ends without `return` gives back None, and None is null in JSON."
    if text.startswith('"'):
        return "That is a JSON string: return a dict, and FastAPI makes the object."
    return "Clients compare the message letter by letter, so the kata does too."
