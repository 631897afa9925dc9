"""What the three routes beside the loop are held to."""

import asyncio

from kata.spec import Client, Expect, Given, Serve


async def test_ping_answers_pong(client: Client, expect: Expect) -> None:
    """`GET /ping` answers 200 with {"ping": "pong"}."""
    response = await client.get("/ping")

    expect.status(response, 200, why=about_the_status(response.status_code))
    expect.json(response, {"ping": "pong"}, why="A ping has one answer: an object with one word.")


async def test_the_async_endpoint_answers_after_two_seconds(client: Client, expect: Expect) -> None:
    """`GET /async-endpoint` answers after two seconds, as in lesson 01."""
    with expect.seconds(
        2,
        "GET /async-endpoint",
        why="Await a sleep of two seconds before you return.",
    ):
        response = await client.get("/async-endpoint")

    expect.status(response, 200, why=about_the_status(response.status_code))
    expect.json(
        response,
        {"message": "This is an async response!"},
        why="The message is the one of lesson 01, letter by letter.",
    )


async def test_the_report_is_the_vendors(client: Client, expect: Expect, given: Given) -> None:
    """`GET /report?name=ada` answers {"report": what fetch_report("ada") returned}."""
    response = await client.get("/report", params={"name": "ada"})

    expect.status(response, 200, why=about_the_status(response.status_code))
    expect.json(
        response,
        {"report": report_on("ada", given.token)},
        why="Pass on what fetch_report returned for this request, unchanged.",
    )


async def test_ping_is_answered_at_once_while_others_wait(client: Client, expect: Expect) -> None:
    """`/ping` is answered at once, also while `/async-endpoint` waits."""
    waiting = [asyncio.create_task(client.get("/async-endpoint")) for _ in range(2)]
    ping = asyncio.create_task(client.get("/ping"))
    with expect.seconds(
        0,
        "GET /ping during two GET /async-endpoint",
        why="The ping had to wait until others were done: no lock may stand before it.",
    ):
        await ping
    await asyncio.gather(*waiting)


async def test_ping_is_answered_at_once_while_a_report_is_made(
    client: Client, expect: Expect
) -> None:
    """`/ping` is answered at once, also while a report is made."""
    waiting = [asyncio.create_task(client.get("/report?name=ada")) for _ in range(2)]
    ping = asyncio.create_task(client.get("/ping"))
    with expect.seconds(
        0,
        "GET /ping during two GET /report",
        why="The ping waited for the vendor: call fetch_report in a worker thread.",
    ):
        await ping
    await asyncio.gather(*waiting)


async def test_five_async_endpoints_take_as_long_as_one(client: Client, expect: Expect) -> None:
    """Five `/async-endpoint` at once take two seconds, as one does."""
    with expect.seconds(
        2,
        "serving five GET /async-endpoint at once",
        why="The waits stood in a queue: hold nothing that others need while you wait.",
    ):
        await asyncio.gather(*(client.get("/async-endpoint") for _ in range(5)))


async def test_five_reports_take_as_long_as_one(client: Client, expect: Expect) -> None:
    """Five `/report` at once take one second, as one does."""
    with expect.seconds(
        1,
        "serving five GET /report at once",
        why="The reports stood in a queue: give each its own thread, and hold no lock meanwhile.",
        too_soon="The vendor takes a second for each report: leave vendor.py as it is, and ask it.",
    ):
        await asyncio.gather(*(client.get("/report?name=ada") for _ in range(5)))

    with expect.seconds(
        1,
        "GET /report on the same name again",
        why="A report takes one second: ask the vendor once in a request.",
        too_soon="This report was not made anew: ask the vendor in every request.",
    ):
        await client.get("/report?name=ada")


async def test_each_request_gets_the_report_it_asked_for(
    client: Client, expect: Expect, given: Given
) -> None:
    """Each request gets the report on the name that it sent, also if several come at once."""
    names = ["ada", "Barbara L.", "edsger", "Grace & Tony", "tony"]
    responses = await asyncio.gather(
        *(client.get("/report", params={"name": name}) for name in names)
    )

    for name, response in zip(names, responses, strict=True):
        expect.json(
            response,
            {"report": report_on(name, given.token)},
            why=about_the_report(response.text, [each for each in names if each != name]),
        )


async def test_nothing_is_left_when_the_server_has_stopped(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread."""
    async with serve() as client:
        await client.get("/async-endpoint")
        await client.get("/ping")
        await client.get("/report?name=ada")

    expect.nothing_left(
        why="A request awaits what it starts, and the lifespan ends what it opened."
    )


def about_the_report(text: str, other_names: list[str]) -> str:
    if any(f"Report on {name}," in text for name in other_names):
        return "Answers were swapped: keep what belongs to one request in local variables."
    return "Change nothing about a name: ask the vendor for the name as it came."


def report_on(name: str, token: str) -> str:
    return f"Report on {name}, sealed {token}"


def about_the_status(status: int) -> str:
    if status == 422:
        return "FastAPI refused the query: the parameter is called `name`."
    return "The status is 200 unless you ask for another one."
