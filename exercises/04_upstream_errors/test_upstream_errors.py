"""What the relay of a fallible upstream is held to."""

import asyncio
from collections.abc import Awaitable

import httpx

from kata.spec import Client, Expect, Serve, Upstream

HOST = "nonexistent-api.com"
DATA = f"https://{HOST}/data"

GOOD = {"items": [{"id": 1, "name": "Zoë"}, {"id": 2, "name": None}], "next": 2.5}
STATUS_ERROR = {"detail": "Error fetching data"}
REQUEST_ERROR = {"detail": "Request failed"}

STATUS = "The upstream answered 200, so does the route."


async def test_a_good_answer_comes_back_unchanged(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream answers 200 with JSON, the route answers 200 with that JSON."""
    upstream.get(DATA).respond(200, json=GOOD)

    response = await client.get("/external-api")

    expect.status(response, 200, why=STATUS)
    expect.json(response, GOOD, why="Return the upstream's JSON as it is: nothing round it.")
    expect.equal(
        set(upstream.called),
        {DATA},
        "the addresses that were called",
        why="Call the address of the lesson, with nothing behind it.",
    )


async def test_a_4xx_of_the_upstream_keeps_its_status(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream answers with a status from 400 to 499, the route answers with the same."""
    data = upstream.get(DATA)
    for status in (404, 400, 401, 403, 418, 422, 429):
        data.respond(status, json={"error": "no"})
        response = await client.get("/external-api")
        expect.status(response, status, why=about_a_status_error(response))


async def test_a_5xx_of_the_upstream_keeps_its_status(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream answers with a status from 500 to 599, the route answers with the same."""
    data = upstream.get(DATA)
    for status in (503, 500):
        data.respond(status, json={"error": "down"})
        response = await client.get("/external-api")
        expect.status(response, status, why=about_a_status_error(response))

    for status, page in ((502, "<h1>Bad gateway</h1>"), (504, "")):
        data.respond(status, html=page)
        response = await client.get("/external-api")
        expect.status(
            response,
            status,
            why="Look at the status before the body: an error page is seldom JSON.",
        )


async def test_a_status_error_has_its_own_words_and_no_others(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """For a status error the body is {"detail": "Error fetching data"}."""
    data = upstream.get(DATA)
    for status in (404, 500):
        data.respond(status, json={"error": "no row 17 in db-3.internal"})
        response = await client.get("/external-api")
        expect.json(response, STATUS_ERROR, why=about_a_leak(response))


async def test_an_upstream_that_refuses_is_a_request_error(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream refuses to connect, the answer is 500 and {"detail": "Request failed"}."""
    upstream.refuse(HOST)

    response = await client.get("/external-api")

    expect.status(response, 500, why=about_a_request_error(response))
    expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_a_silent_upstream_is_a_request_error(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream is silent, 500 and {"detail": "Request failed"} come within ten seconds."""
    upstream.silent(DATA)

    with expect.seconds(
        at_most=10,
        what="GET /external-api, while the upstream is silent",
        why="Each step of the call needs a time-out: httpx's five seconds, or a shorter one.",
    ):
        response = await given_up_after(11, client.get("/external-api"))

    expect.status(response, 500, why=about_a_request_error(response))
    expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_a_connection_that_never_comes_about_is_a_request_error(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If connecting never ends, 500 and {"detail": "Request failed"} come within ten seconds."""
    upstream.unreachable(HOST)

    with expect.seconds(
        at_most=10,
        what="GET /external-api, while connecting does not end",
        why="Connecting needs a time-out too: httpx's five seconds, or a shorter one.",
    ):
        response = await given_up_after(11, client.get("/external-api"))

    expect.status(response, 500, why=about_a_request_error(response))
    expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_an_answer_that_breaks_off_is_a_request_error(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream breaks off, the route answers 500 with {"detail": "Request failed"}."""
    upstream.get(DATA).respond(200, json=GOOD)
    await client.get("/external-api")
    for breaks_off in (upstream.hangs_up, upstream.breaks):
        breaks_off(DATA).respond(200, json=GOOD)
        response = await client.get("/external-api")
        expect.status(response, 500, why=about_a_request_error(response))
        expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_bytes_that_cannot_be_decoded_are_a_request_error(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If bytes cannot be decoded, the route answers 500 with {"detail": "Request failed"}."""
    upstream.garbles(DATA)

    response = await client.get("/external-api")

    expect.status(response, 500, why=about_a_request_error(response))
    expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_a_200_that_is_not_json_is_a_failed_request(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If a 200 does not carry JSON, the route answers 500 with {"detail": "Request failed"}."""
    data = upstream.get(DATA)
    for page in ("<h1>Back soon</h1>", ""):
        data.respond(200, html=page)
        response = await client.get("/external-api")
        expect.status(
            response, 500, why="A 200 can still carry garbage: find out before you answer."
        )
        expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_the_server_goes_on_after_any_number_of_failures(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """After any number of failures, the next good answer is relayed as ever."""
    data = upstream.get(DATA)
    for _ in range(10):
        data.mock(side_effect=httpx.ConnectError("refused"))
        await client.get("/external-api")
        data.respond(200, html="<h1>Back soon</h1>")
        await client.get("/external-api")
    data.respond(503, text="down")
    for _ in range(120):
        await client.get("/external-api")

    data.respond(200, json=GOOD)
    response = await client.get("/external-api")

    expect.status(
        response,
        200,
        why="The failures left something behind: a count of them, a closed client, or responses "
        "that nobody closed, and each of these keeps a connection of the pool.",
    )
    expect.json(response, GOOD, why="What failed before has no say in the next answer.")

    data.mock(side_effect=httpx.ConnectError("refused"))
    response = await client.get("/external-api")

    expect.status(response, 500, why="What was answered before is old: this request has failed.")


async def test_requests_wait_together_for_a_slow_upstream(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """Five requests at once wait together for a slow upstream."""
    upstream.get(DATA, takes=2.0).respond(200, json=GOOD)

    with expect.seconds(
        2,
        "serving five GET /external-api at once from a slow upstream",
        why="The calls stood in a queue: no lock and no narrow pool may hold one back for another.",
        too_soon="An answer came before that of the upstream: each request asks, and waits.",
    ):
        await asyncio.gather(*(client.get("/external-api") for _ in range(5)))


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left, whatever became of the requests."""
    data = upstream.get(DATA)

    async with serve() as client:
        data.respond(200, json=GOOD)
        await client.get("/external-api")
        data.respond(404, json={"error": "no"})
        await client.get("/external-api")

    expect.nothing_left(
        why="A client was not closed, perhaps after a failure only: `async with` always closes it."
    )


async def given_up_after(seconds: float, request: Awaitable[httpx.Response]) -> httpx.Response:
    """The response, or an empty one when the time is up: a caller does not wait for ever."""
    try:
        async with asyncio.timeout(seconds):
            return await request
    except TimeoutError:
        return httpx.Response(408)


def about_a_status_error(response: httpx.Response) -> str:
    if response.status_code == 200 and response.text.startswith('{"error"'):
        return "httpx never raises on a status by itself: call raise_for_status()."
    if response.status_code == 200:
        return "An HTTPException is raised, not returned; a status beside the body is only data."
    if response.text == '{"detail":"Request failed"}':
        return (
            "The status was lost on the way: an `except` for a whole family (HTTPError, Exception) "
            "caught the status error, or your own HTTPException."
        )
    return "The caller needs the upstream's own status: error.response.status_code."


def about_a_request_error(response: httpx.Response) -> str:
    if response.status_code == 200:
        return "A failure was answered with 200: raise an HTTPException with status 500."
    return "The lesson asks for 500 here. Its last part says what would be better."


def about_a_leak(response: httpx.Response) -> str:
    if "detail" in response.text:
        return "The detail is public: these words, no exception's text, no upstream's body."
    return 'HTTPException(status, detail="...") makes this body by itself.'
