"""What the three routes beside the loop are held to."""

import asyncio

import httpx

from kata.spec.types import Client, Expect, Given, Serve


async def test_ping_answers_pong(client: Client, expect: Expect) -> None:
    """`GET /ping` answers 200 with {"ping": "pong"}."""
    response = await client.get("/ping")

    expect.status(response, 200, why=about_the_status(response))
    expect.json(response, {"ping": "pong"}, why="A ping has one answer: an object with one word.")


async def test_the_async_endpoint_answers_after_two_seconds(client: Client, expect: Expect) -> None:
    """`GET /async-endpoint` answers after two seconds, as in lesson 01."""
    with expect.seconds(
        2,
        "GET /async-endpoint",
        why="Await a sleep of two seconds before you return.",
    ):
        response = await client.get("/async-endpoint")

    expect.status(response, 200, why=about_the_status(response))
    expect.json(
        response,
        {"message": "This is an async response!"},
        why="The message is the one of lesson 01, letter by letter.",
    )


async def test_the_report_is_the_vendors(client: Client, expect: Expect, given: Given) -> None:
    """`GET /report?name=ada` answers {"report": what fetch_report("ada") returned}."""
    response = await client.get("/report", params={"name": "ada"})

    expect.status(response, 200, why=about_the_status(response))
    expect.json(
        response,
        {"report": report_on("ada", given.token)},
        why="Pass on what fetch_report returned for this request, unchanged.",
    )


async def test_ping_is_answered_at_once_while_others_wait(client: Client, expect: Expect) -> None:
    """`/ping` is answered at once, also while five `/async-endpoint` wait."""
    await pings_during(
        "/async-endpoint",
        2,
        client,
        expect,
        why="The ping waited until others were done: no lock and no full pool may stand before it.",
    )


async def test_ping_is_answered_at_once_while_a_report_is_made(
    client: Client, expect: Expect
) -> None:
    """`/ping` is answered at once, also while five reports are made."""
    await pings_during(
        "/report?name=ada",
        1,
        client,
        expect,
        why="The ping waited for the vendor: call fetch_report in a thread that no ping waits for.",
    )


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
    names = ["ada", "Ada", "Barbara L.", "edsger", "Grace & Tony", "tony", "Zoë"]
    responses = await asyncio.gather(
        *(client.get("/report", params={"name": name}) for name in names)
    )

    for name, response in zip(names, responses, strict=True):
        expect.json(
            response,
            {"report": report_on(name, given.token)},
            why=about_the_reports([each.text for each in responses], names),
        )


async def test_nothing_is_left_when_the_server_has_stopped(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that
    keeps the process alive.
    """
    async with serve() as client:
        await client.get("/async-endpoint")
        await client.get("/ping")
        await client.get("/report?name=ada")

    expect.nothing_left(
        why="A request awaits what it starts, and the lifespan ends what it opened."
    )


async def pings_during(path: str, lasts: int, client: Client, expect: Expect, why: str) -> None:
    """Ping when five requests are under way, and every quarter of a second until they end."""
    waiting = [asyncio.create_task(client.get(path)) for _ in range(5)]
    ping = asyncio.create_task(client.get("/ping"))
    with expect.seconds(0, f"GET /ping during five GET {path}", why=why):
        await ping
    for _ in range(lasts * 4 - 1):
        with expect.seconds(
            0.25, f"a sleep of 0.25 s and a ping, during five GET {path},", why=why
        ):
            await asyncio.sleep(0.25)
            await client.get("/ping")
    await asyncio.gather(*waiting)


def about_the_reports(texts: list[str], names: list[str]) -> str:
    if all(any(f"Report on {name}," in text for name in names) for text in texts):
        return "Answers were swapped: keep what belongs to one request in local variables."
    return "Change nothing about a name: ask the vendor for the name as it came."


def report_on(name: str, token: str) -> str:
    return f"Report on {name}, sealed {token}"


def about_the_status(response: httpx.Response) -> str:
    if response.status_code != 422:
        return "The status is 200 unless you ask for another one."
    if '"name"]' in response.text:
        return (
            "FastAPI refused `name`: it comes in the query and is any text, so write `name: str`."
        )
    return (
        "FastAPI looks for a parameter that is not sent: only /report has one, `name`, in its "
        "query; a request is known by its type, and a dependency by `Depends`."
    )
