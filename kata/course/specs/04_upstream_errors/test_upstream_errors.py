"""What the relay of a fallible upstream is held to."""

import asyncio
from collections.abc import Awaitable

import httpx

from kata.spec.types import Client, Expect, Serve, Upstream

HOST = "nonexistent-api.com"
DATA = f"https://{HOST}/data"

GOOD = {"items": [{"id": 1, "name": "Zoë"}, {"id": 2, "name": None}], "next": 2.5}
STATUS_ERROR = {"detail": "Error fetching data"}
REQUEST_ERROR = {"detail": "Request failed"}

STATUS = "The upstream answered 200, so does the route."
OLD = "What was answered before is old: this request has failed."
ANY_NUMBER = "Any number from 400 to 599 can come, also one that Python's HTTPStatus does not know."
SILENT = (
    "Only time-outs end a call to a silent upstream, and those of several steps or tries add up: "
    "keep the sum below ten seconds."
)
GIVEN_BACK = (
    "What a request takes, such as a lock or a permit, it gives back after a failure of any kind "
    "too: `async with` does so, and so does `finally`."
)
STATUSES_4XX = (404, 400, 401, 403, 418, 422, 429)
STATUSES_5XX = (503, 500)


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

    upstream.get(DATA).respond(200, json={})
    response = await client.get("/external-api")

    expect.status(response, 200, why="Python takes an empty object for false, but it is an answer.")
    expect.json(response, {}, why="That is an answer of before: pass on what came now.")


async def test_a_4xx_of_the_upstream_keeps_its_status(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream answers with a status from 400 to 499, the route answers with the same."""
    data = upstream.get(DATA)
    for status in STATUSES_4XX:
        data.respond(status, json={"error": "no"})
        response = await client.get("/external-api")
        expect.status(response, status, why=about_a_status_error(response))

    data.respond(499, json={"error": "no"})
    response = await client.get("/external-api")
    expect.status(response, 499, why=ANY_NUMBER)


async def test_a_5xx_of_the_upstream_keeps_its_status(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream answers with a status from 500 to 599, the route answers with the same."""
    data = upstream.get(DATA)
    for status in STATUSES_5XX:
        data.respond(status, json={"error": "down"})
        response = await client.get("/external-api")
        expect.status(response, status, why=about_a_status_error(response))

    for status in (520, 599):
        data.respond(status, json={"error": "down"})
        response = await client.get("/external-api")
        expect.status(response, status, why=ANY_NUMBER)

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
    """For a status error the body is {"detail": "Error fetching data"}, whatever the status."""
    data = upstream.get(DATA)
    for status in (*STATUSES_4XX, 499, *STATUSES_5XX, 520, 599):
        data.respond(status, json={"error": "no row 17 in db-3.internal"})
        response = await client.get("/external-api")
        expect.json(response, STATUS_ERROR, why=about_a_leak(response))

    data.respond(502, html="<h1>Bad gateway</h1>")
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
        why=SILENT,
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


async def test_every_kind_of_request_error_is_one(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """Any `httpx.RequestError` is answered with 500 and {"detail": "Request failed"}."""
    data = upstream.get(DATA)
    data.respond(200, json=GOOD)
    await client.get("/external-api")
    for kind in (
        httpx.PoolTimeout,
        httpx.WriteTimeout,
        httpx.WriteError,
        httpx.LocalProtocolError,
        httpx.ProxyError,
    ):
        data.mock(side_effect=kind(""))
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

    data.respond(200, headers={"content-type": "application/json"}, content=b'{"items": [1,')
    response = await client.get("/external-api")
    expect.status(
        response, 500, why="The content type says JSON, the body is none: only reading it tells."
    )
    expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_the_server_goes_on_after_any_number_of_failures(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """After any number of failures, the next good answer is relayed as ever."""
    data = upstream.get(DATA)
    data.respond(200, json=GOOD)
    with expect.an_end(if_stuck=GIVEN_BACK):
        await client.get("/external-api")
        for _ in range(30):
            for kind in (httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError):
                data.mock(side_effect=kind(""))
                await client.get("/external-api")
            data.respond(200, html="<h1>Back soon</h1>")
            await client.get("/external-api")
        data.respond(503, text="down")
        for _ in range(101):
            await client.get("/external-api")

        data.respond(200, json={})
        response = await client.get("/external-api")

    expect.status(
        response,
        200,
        why="The failures left something behind: a count of them, a closed client, or responses "
        "that nobody closed, and each of these keeps a connection of the pool.",
    )
    expect.json(response, {}, why="What failed before has no say in the next answer.")

    data.mock(side_effect=httpx.ConnectError("refused"))
    response = await client.get("/external-api")

    expect.status(response, 500, why=OLD)


async def test_requests_wait_together_for_a_slow_upstream(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """Five requests at once wait together for a slow upstream, each for a call of its own."""
    # Nobody tries again after one of these. Twice as many as needed, for whoever calls more often.
    statuses = (404, 200, 403, 200, 410)
    data = upstream.get(DATA, takes=2.0)
    data.mock(side_effect=[httpx.Response(status, json=GOOD) for status in statuses * 2])

    with expect.seconds(
        2,
        "serving five GET /external-api at once from a slow upstream",
        why="The calls stood in a queue: no lock and no narrow pool may hold one back for another.",
        too_soon="An answer came before that of the upstream: each request asks, and waits.",
    ):
        responses = await asyncio.gather(*(client.get("/external-api") for _ in range(5)))

    expect.that(
        data.call_count >= 5,
        expected="five calls of the upstream, one for each request",
        came=f"calls of the upstream: {data.call_count}",
        why="Each request makes a call of its own, also when another is under way.",
    )
    expect.equal(
        sorted(response.status_code for response in responses),
        sorted(statuses),
        "the statuses of five answers",
        why="All requests share what stands in the module or in `app.state`: keep the response and "
        "its status in variables of the function.",
    )


async def test_requests_wait_together_for_an_upstream_that_fails(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """Five requests at once wait together for an upstream that fails, ten seconds at most."""
    data = upstream.get(DATA)
    data.respond(503, text="down")
    await asyncio.gather(*(client.get("/external-api") for _ in range(5)))
    data.respond(200, html="<h1>Back soon</h1>")
    await asyncio.gather(*(client.get("/external-api") for _ in range(5)))

    upstream.silent(DATA)
    with expect.seconds(
        at_most=10,
        what="answering five GET /external-api at once, while the upstream is silent",
        why="The calls stood in a queue, and each of them waited until its own time was up.",
    ):
        await asyncio.gather(*(given_up_after(11, client.get("/external-api")) for _ in range(5)))
    expect.not_blocked(why="That holds for what is done after a failure too.")

    upstream.get(DATA).respond(200, json=GOOD)
    response = await client.get("/external-api")

    expect.status(
        response, 200, why="The upstream speaks again: a time-out may leave nothing behind."
    )
    expect.json(response, GOOD, why="What failed before has no say in the next answer.")


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left, whatever became of the requests."""
    data = upstream.get(DATA)

    async with serve() as client:
        data.respond(200, json=GOOD)
        await client.get("/external-api")
    expect.nothing_left(
        why="What is made for one request ends with it, what is made for all ends at shutdown."
    )

    async with serve() as client:
        data.respond(200, html="<h1>Back soon</h1>")
        await client.get("/external-api")
        data.respond(200, json=GOOD)
        await client.get("/external-api")
        upstream.garbles(DATA)
        await client.get("/external-api")
        upstream.silent(DATA)
        await client.get("/external-api")
        upstream.get(DATA).respond(404, json={"error": "no"})
        await client.get("/external-api")
    expect.nothing_left(
        why="Perhaps only a failure left it there: what must run after one too stands in `finally`, "
        "or is done by `async with`."
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
    if response.status_code == 200 and '"items"' in response.text:
        return OLD
    if response.status_code == 200:
        return "A failure was answered with 200: raise an HTTPException with status 500."
    return "The lesson asks for 500 here. Its last part says what would be better."


def about_a_leak(response: httpx.Response) -> str:
    if "detail" in response.text:
        return "The detail is public: always these words, no exception's text, no upstream's body."
    return 'HTTPException(status, detail="...") makes this body by itself.'
