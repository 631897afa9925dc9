"""What the first async endpoint is held to."""

import asyncio


async def test_it_answers_with_the_message(client, expect):
    """`GET /async-endpoint` answers 200 with {"message": "This is an async response!"}."""
    response = await client.get("/async-endpoint")

    expect.status(response, 200, why=about_the_status(response.status_code))
    expect.json(
        response,
        {"message": "This is an async response!"},
        why=about_the_body(response.text),
    )


async def test_the_answer_takes_two_seconds(client, expect):
    """Each request is answered two seconds after it came, neither sooner nor later."""
    for which in ("the first", "the second"):
        with expect.seconds(
            2,
            f"{which} GET /async-endpoint",
            why="Each request awaits two seconds of its own, once, before it returns.",
        ):
            await client.get("/async-endpoint")


async def test_the_answer_does_not_leave_before_the_wait_is_over(client, asgi, expect, clock):
    """Each request is answered two seconds after it came: the caller is the one who waits."""
    began = clock.now
    reply = await asgi.get("/async-endpoint")
    seconds = [left - began for left, _ in reply.parts]

    expect.that(
        seconds and abs(seconds[-1] - 2) <= expect.tolerance,
        expected="the answer leaves after 2 s",
        came=f"it left after {seconds[-1]:g} s" if seconds else "nothing left",
        why="The answer left first, and the wait came after it. Await the sleep, then return.",
    )


async def test_five_requests_wait_together(client, expect):
    """Requests that come together wait together: five at once are answered after two seconds."""
    with expect.seconds(
        2,
        "five GET /async-endpoint at once",
        why="The requests waited one after another: each kept the turn or a lock meanwhile.",
    ):
        await asyncio.gather(*(client.get("/async-endpoint") for _ in range(5)))


def about_the_status(status: int) -> str:
    if status == 404:
        return "No route answers this path: compare the path in your decorator, letter by letter."
    return "The status is 200 unless you ask for another one."


def about_the_body(text: str) -> str:
    if text == "null":
        return "A function that ends without `return` gives back None, and None is null in JSON."
    if text.startswith('"'):
        return "That is a JSON string: return a dict, and FastAPI makes the object."
    return "Clients compare the message letter by letter, so the kata does too."
