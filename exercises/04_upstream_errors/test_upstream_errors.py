"""What the relay of a fallible upstream is held to."""

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus

import httpx

from kata.spec.documents import Json, whole_when_cut
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

HOST = "nonexistent-api.com"
DATA = f"https://{HOST}/data"

GOOD = {"items": [{"id": 1, "name": "Zoë"}, {"id": 2, "name": None}], "next": 2.5}
STATUS_ERROR = {"detail": "Error fetching data"}
REQUEST_ERROR = {"detail": "Request failed"}

STATUS = "The upstream answers 200, so the route does too."
ANY_SIZE = "It was JSON of 1.3 MB, and nothing is said of a size: pass it on."
AS_JSON = {"content-type": "application/json"}
FALSE_CHARSETS = ("text/plain; charset=iso-8859-1", "application/json; charset=utf-16")
OLD = "What was answered before is old: this request has failed."
ANY_NUMBER = "Any number from 400 to 599 can come, also one that Python's HTTPStatus does not know."
EACH_NUMBER = "Each number from 400 to 599 is kept, whichever have come before."
SILENT = (
    "Only time-outs end a call to a silent upstream, and those of several steps or tries add up: "
    "keep the sum below ten seconds."
)
GIVEN_BACK = (
    "What a request takes, such as a lock or a permit, it gives back after a failure of any kind "
    "too: `async with` does so, and so does `finally`. A task that works for all goes on after each failure."
)
QUEUE = "The calls stood in a queue: no lock and no narrow pool may hold one back for another."
TOO_SOON = "An answer came before that of the upstream: each request asks, and waits."
OR_OUT_OF_TIME = "A time-out has to be longer than two seconds."
BROKE_OFF = (
    "What came can be read, and the answer had not ended when it broke off: that is a request error, whatever "
    "came before."
)
AFTER_A_FAILURE = "That holds for what is done after a failure too."
LONG_IDLE = 6.0
"""Seconds. httpx closes a connection that has been idle for five."""

RETRY_AFTER = "17"
"""Seconds that an upstream asks for: so few that nobody waits in vain."""

PILED_UP = (
    "The answers came in time, and the calls still wait, one more with each failure: give the call itself a "
    "time-out, or cancel it."
)
LONG_AFTER = 11.0
"""Seconds after which no call has to wait any more."""

MORE_THAN_WORKERS = 33
"""Failures of one kind, more than tasks or threads that an app may keep to do its work."""

FOR_EVER = 60.0
"""Seconds, for a caller who waits for eleven."""

NTH = ("first", "second", "third", "fourth", "fifth", "sixth")
STATUSES_4XX = (404, 400, 401, 403, 405, 418, 422, 429)
OTHER_4XX = (402, *range(406, 418), 421, *range(423, 427), 428, 431, 451)
"""The other ones that a standard has a name for."""

SPEAKS_OF_AN_ERROR: Json = {
    "error": "none",
    "errors": [],
    "message": "Not found",
    "detail": "Error fetching data",
    "status": 500,
    "code": 404,
    "ok": False,
}
ITS_STATUS_TELLS = "Its fields speak of an error, and it came with 200: whether a call failed is told by its status."
STATUSES_5XX = (503, 500)
OTHER_5XX = (501, *range(505, 509), 510, 511)
"""The other ones that a standard has a name for. 502 and 504 come with a page."""

A_DATE = "Wed, 21 Oct 2015 07:28:00 GMT"
"""Retry-After may be a date as well as a number of seconds. This one is over."""

LARGE = "All about tea. " * 90_000
"""1.3 MB of text."""


async def test_a_good_answer_comes_back_unchanged(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the upstream answers 200 with JSON, also `{}`, the route answers 200 with that JSON."""
    data = upstream.get(DATA)
    data.respond(200, json=GOOD)

    response = await client.get("/external-api")

    expect.status(response, 200, why=about_a_good_answer(response))
    expect.json(response, GOOD, why="Return the upstream's JSON as it is: nothing round it.")
    expect.equal(
        set(upstream.called),
        {DATA},
        "the addresses that were called",
        why="Call the address of the lesson, with nothing behind it.",
    )

    data.respond(200, json={})
    response = await client.get("/external-api")

    expect.status(response, 200, why="Python takes an empty object for false, but it is an answer.")
    expect.json(response, {}, why="That is an answer of before: pass on what came now.")

    upstream.get(DATA, drip=(0.5, 2)).respond(200, json=GOOD)
    response = await client.get("/external-api")

    expect.status(response, 200, why=f"It came in two pieces. {about_a_good_answer(response)}")
    expect.json(response, GOOD, why="It came in two pieces: put them together before you read it.")

    data = upstream.get(DATA)
    data.respond(200, json=SPEAKS_OF_AN_ERROR)
    response = await client.get("/external-api")

    expect.status(response, 200, why=ITS_STATUS_TELLS)
    expect.json(response, SPEAKS_OF_AN_ERROR, why=ITS_STATUS_TELLS)

    empty: list[Json] = values.shuffled([[], None, 0])
    for document in (values.tempting_document(), *values.documents(4), *empty):
        data.respond(200, headers=AS_JSON, content=values.json_bytes(document))
        response = await client.get("/external-api")

        expect.status(response, 200, why="Any JSON is an answer, also what Python takes for false.")
        expect.json(response, document, why="Any JSON is passed on as it is, and as it came now.")

    data.respond(200, json={"page": LARGE})
    response = await client.get("/external-api")

    expect.status(response, 200, why=ANY_SIZE)
    expect.json(response, {"page": LARGE}, why=ANY_SIZE)


async def test_json_is_known_by_reading_it_whatever_its_content_type_says(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the upstream answers 200 with JSON, that is relayed, whatever its content type says."""
    data = upstream.get(DATA)
    kinds = [
        "application/json",
        "text/html; charset=utf-8",
        *FALSE_CHARSETS,
        *(values.content_type() for _ in range(4)),
    ]
    sent = json.dumps(GOOD, ensure_ascii=False).encode()
    for kind in kinds:
        data.respond(200, headers={"content-type": kind}, content=sent)
        response = await client.get("/external-api")

        why = f"It was JSON that came as {kind}: read the body, and do not ask its content type."
        if kind in FALSE_CHARSETS:
            why = (
                f"It was JSON in UTF-8, sent as {kind}: read the bytes of the body, as `json()` does, and not its "
                "text, which follows that charset."
            )
        expect.status(response, 200, why=why)
        expect.json(response, GOOD, why=why)

    data.respond(200, content=b'{"id": 1}')
    response = await client.get("/external-api")

    expect.status(response, 200, why="A body without a content type can be JSON too.")
    expect.json(response, {"id": 1}, why="A body without a content type can be JSON too.")


async def test_a_4xx_of_the_upstream_keeps_its_status(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the upstream answers with a status from 400 to 499, the route answers with the same."""
    data = upstream.get(DATA)
    for status in STATUSES_4XX:
        data.respond(status, json={"error": "no"})
        response = await client.get("/external-api")
        why = about_a_status_error(response, first=status == STATUSES_4XX[0])
        expect.status(response, status, why=why)

    for status in (*OTHER_4XX, 499, values.number(400, 499), values.number(432, 498)):
        data.respond(status, json={"error": "no"}, headers={"retry-after": A_DATE})
        before = data.call_count
        response = await client.get("/external-api")
        why = about_any_number(status, upstream, asked=data.call_count > before)
        expect.status(response, status, why=why)


async def test_a_5xx_of_the_upstream_keeps_its_status(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the upstream answers with a status from 500 to 599, the route answers with the same."""
    data = upstream.get(DATA)
    for status in STATUSES_5XX:
        data.respond(status, json={"error": "down"})
        response = await client.get("/external-api")
        why = about_a_status_error(response, first=status == STATUSES_5XX[0])
        expect.status(response, status, why=why)

    for status in (*OTHER_5XX, 520, 599, values.number(512, 598)):
        data.respond(status, json={"error": "down"}, headers={"retry-after": A_DATE})
        before = data.call_count
        response = await client.get("/external-api")
        why = about_any_number(status, upstream, asked=data.call_count > before)
        expect.status(response, status, why=why)

    for status, page in ((502, "<h1>Bad gateway</h1>"), (504, "")):
        data.respond(status, html=page)
        response = await client.get("/external-api")
        expect.status(
            response,
            status,
            why="Look at the status before the body: an error page is seldom JSON.",
        )


async def test_a_status_error_has_its_own_words_and_no_others(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """For a status error the body is {"detail": "Error fetching data"}, whatever the status, and whatever came."""
    data = upstream.get(DATA)
    for status in (*STATUSES_4XX, 499, *STATUSES_5XX, 520, 599):
        data.respond(status, json={"error": "no row 17 in db-3.internal"})
        response = await client.get("/external-api")
        expect.json(response, STATUS_ERROR, why=about_a_leak(response))

    words: list[Json] = [
        {"detail": "no row 17 in db-3.internal"},
        {"detail": [{"loc": ["db-3.internal"], "msg": "no row 17"}]},
        {"message": "no row 17", "title": "db-3.internal"},
        [],
        None,
        values.document(),
    ]
    for document in words:
        data.respond(values.status(), content=values.json_bytes(document))
        response = await client.get("/external-api")
        expect.json(response, STATUS_ERROR, why=about_a_leak(response))

    for page in (b"<h1>Bad gateway</h1>", b"", values.bytes_no_text()):
        data.respond(values.status(), headers={"content-type": "text/html"}, content=page)
        response = await client.get("/external-api")
        expect.json(response, STATUS_ERROR, why=about_a_leak(response))


async def test_no_header_of_the_upstream_is_copied(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """None of the upstream's headers is copied, whether it answers well or with a status error."""
    data = upstream.get(DATA)
    token = str(values.number(10**9, 10**10))
    headers = {
        "content-type": f"text/plain; boundary={token}",
        "x-served-by": token,
        "x-request-id": token,
        "set-cookie": f"session={token}",
        "etag": f'"{token}"',
        "cache-control": f"max-age={token}",
        "age": token,
        "retry-after": RETRY_AFTER,
        "www-authenticate": f'Basic realm="{token}"',
        "allow": f"GET, {token}",
        "location": f"/{token}",
        "link": f'</{token}>; rel="next"',
        "content-language": f"x-{token}",
        "content-disposition": f"attachment; filename={token}",
    }
    for status in (200, 401, 404, 405, 429, 503):
        data.respond(status, headers=headers, json=GOOD)
        response = await client.get("/external-api")

        expect.status(response, status, why=about_a_status_error(response))
        came = response.headers.multi_items()
        copied = [name for name, value in came if token in value or value == RETRY_AFTER]
        expect.equal(
            copied,
            [],
            f"the upstream's headers in the answer, when it answered {status}",
            why="They speak of another answer, by another host: FastAPI writes those that are right here.",
        )


async def test_an_upstream_that_refuses_is_a_request_error(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream refuses to connect, the answer is 500 and {"detail": "Request failed"}."""
    upstream.refuse(HOST)

    response = await client.get("/external-api")

    expect.status(response, 500, why=about_a_request_error(response))
    expect.json(response, REQUEST_ERROR, why=about_a_leak(response))
    expect.not_blocked(why=AFTER_A_FAILURE)


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
        response = await expect.given_up_after(11, client.get("/external-api"))

    expect.status(response, 500, why=about_a_request_error(response))
    expect.json(response, REQUEST_ERROR, why=about_a_leak(response))

    upstream.get(DATA, drip=(FOR_EVER, 2)).respond(200, json=GOOD)
    with expect.seconds(
        at_most=10,
        what="GET /external-api, while the upstream is silent after half of its answer",
        why="A body can fall silent half way: reading it needs a time-out too.",
    ):
        response = await expect.given_up_after(11, client.get("/external-api"))

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
        response = await expect.given_up_after(11, client.get("/external-api"))

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

    for breaks_off in (upstream.hangs_up, upstream.breaks):
        breaks_off(DATA).respond(200, headers=AS_JSON, content=whole_when_cut({"late": True}))
        response = await client.get("/external-api")
        late = response.text == '{"late":true}'
        expect.status(response, 500, why=BROKE_OFF if late else about_a_request_error(response))
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
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Any `httpx.RequestError`, after any other, is answered with 500 and {"detail": "Request failed"}."""
    data = upstream.get(DATA)
    data.respond(200, json=GOOD)
    await client.get("/external-api")
    before = "a good answer"
    for kind in (*KINDS, *values.shuffled(KINDS)):
        data.mock(side_effect=kind(""))
        with expect.an_end(if_stuck=GIVEN_BACK):
            response = await client.get("/external-api")
        why = f"That was httpx.{kind.__name__}, after {before}. {about_a_request_error(response)}"
        expect.status(response, 500, why=why)
        expect.json(response, REQUEST_ERROR, why=about_a_leak(response))
        before = f"httpx.{kind.__name__}"


async def test_a_200_that_is_not_json_is_a_failed_request(
    client: Client, expect: Expect, upstream: Upstream, values: Values
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

    for body in (
        *(values.bytes_no_json() for _ in range(10)),
        *(values.bytes_no_text() for _ in range(4)),
    ):
        data.respond(200, headers={"content-type": values.content_type()}, content=body)
        response = await client.get("/external-api")
        expect.status(response, 500, why=f"The body was {body!r}, which `json()` cannot read.")
        expect.json(response, REQUEST_ERROR, why=about_a_leak(response))


async def test_nan_is_never_sent(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """`NaN` and `Infinity`, which `json()` makes of what JSON forbids and of numbers too large, are never sent."""
    data = upstream.get(DATA)
    data.respond(200, headers=AS_JSON, json=GOOD)
    await client.get("/external-api")
    numbers = values.shuffled(("NaN", "Infinity", "-Infinity", "1e999", "-1e999"))
    bodies = [f'{{"price": {number}}}' for number in numbers] + [f"[[{numbers[0]}], 1]", numbers[0]]
    for body in bodies:
        data.respond(200, headers=AS_JSON, content=body.encode())
        with expect.may_fail():
            response = await client.get("/external-api")
        reads = "which `json()` reads, and which no other JSON reader must"
        if "1e999" in body:
            reads = "which `json()` reads as infinite, and JSON has no word for that"
        expect.that(
            not has_nan(response),
            expected="an answer without NaN and Infinity",
            came=response.text,
            why=f"The upstream sent {body}, {reads}: answer with null in its place, or 500.",
        )


async def test_each_request_answers_with_what_came_now(
    serve: Serve, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Each request answers with what came now, also after a failure of any kind."""
    upstream.get(DATA).respond(200, json=GOOD)
    before = STATUS
    async with serve() as client:
        for number, (failure, fails) in enumerate(values.shuffled(FAILURES.items())):
            upstream.get(DATA).respond(200, json={"number": number})
            response = await client.get("/external-api")
            expect.status(response, 200, why=before)
            expect.json(
                response, {"number": number}, why="That did not come now: pass on what did."
            )

            fails(upstream)
            response = await expect.given_up_after(11, client.get("/external-api"))
            status, body = EXPECTED.get(failure, (500, REQUEST_ERROR))
            why = f"It is so when {failure}. {OLD if response.status_code == 200 else ''}"
            expect.status(response, status, why=why.strip())
            expect.json(response, body, why=about_a_leak(response))
            before = (
                f"The upstream answers well again, after this: {failure}. It left something behind."
            )

        await asyncio.sleep(LONG_IDLE)
        upstream.get(DATA).respond(200, json={"number": 0})
        response = await client.get("/external-api")
        expect.status(response, 200, why=f"{before} Nobody had asked for {LONG_IDLE:.0f} s.")
        expect.json(response, {"number": 0}, why="That did not come now: pass on what did.")

    async with serve() as client:
        upstream.get(DATA).mock(side_effect=httpx.ConnectError("refused"))
        response = await client.get("/external-api")
        expect.status(
            response,
            500,
            why="What was kept before a restart, in a file, is old: this call failed.",
        )


async def test_the_server_goes_on_after_any_number_of_failures(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """After any number of failures, the next good answer is relayed as ever."""
    data = upstream.get(DATA)
    data.respond(200, json=GOOD)
    with expect.an_end(if_stuck=GIVEN_BACK):
        await client.get("/external-api")
        with expect.may_fail():
            for kind in values.shuffled(KINDS * 2):
                data.mock(side_effect=kind(""))
                await client.get("/external-api")
            for _ in range(MORE_THAN_WORKERS):
                data.respond(200, content=values.bytes_no_json())
                await client.get("/external-api")
            data.respond(503, text="down")
            for _ in range(101):
                await client.get("/external-api")
            held = upstream.open_connections
            upstream.silent(DATA)
            for _ in range(2):
                five = (expect.given_up_after(11, client.get("/external-api")) for _ in range(5))
                await asyncio.gather(*five)

        await asyncio.sleep(LONG_AFTER)
        expect.that(
            upstream.open_connections - held < 5,
            expected="calls that end, or are given up, when their requests have been answered",
            came=f"{upstream.open_connections - held} calls still wait, {LONG_AFTER:g} s after ten answers that an "
            "upstream was silent",
            why=PILED_UP,
        )
        data = upstream.get(DATA)
        asked = data.call_count
        data.respond(200, json={})
        response = await client.get("/external-api")

    expect.status(response, 200, why=about_what_goes_on(upstream, asked=data.call_count > asked))
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
        why=QUEUE,
        too_soon=f"{TOO_SOON} {OR_OUT_OF_TIME}",
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


async def test_each_request_gets_what_its_own_call_brought(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Requests that begin at other moments overlap too, each with what its own call brought, and when it came."""
    begins = sorted(number / 8 for number in values.sample(range(14), 6))
    # Three end in one moment, one passes others by. The last fails, for who tries again asks anew.
    ends = [2.0, 2.0, 2.0, begins[3] + 0.125, begins[4] + 2.0, begins[5] + 0.25]
    statuses = [*values.shuffled((200, 200, 404, 403, 410)), 500]
    documents: list[Json] = [{"id": number, "name": values.token()} for number in range(6)]
    started = clock.now

    async def asked(number: int) -> tuple[httpx.Response, float]:
        await asyncio.sleep(begins[number])
        data = upstream.get(DATA, takes=ends[number] - begins[number])
        data.respond(statuses[number], json=documents[number])
        if number == 5:
            data.mock(side_effect=httpx.ReadError("reset by peer"))
        response = await client.get("/external-api")
        return response, clock.now - started

    answers = await asyncio.gather(*(asked(number) for number in range(6)))

    for number, (response, ended) in enumerate(answers):
        which = f"the {NTH[number]} of six requests, which began at {begins[number]:g} s"
        bodies = [*documents, STATUS_ERROR, REQUEST_ERROR]
        body = STATUS_ERROR if statuses[number] < 500 else REQUEST_ERROR
        body = documents[number] if statuses[number] == 200 else body
        shared = (
            f"That was {which}, and other calls were under way beside it: keep the response in a "
            "variable of the function."
        )
        expect.status(response, statuses[number], why=shared)
        expect.json(response, body, why=shared if response.json() in bodies else "")
        expect.that(
            number == 5 or abs(ended - ends[number]) <= expect.tolerance,
            expected=f"an answer at {ends[number]:g} s for {which}",
            came=f"it was answered at {ended:g} s",
            why=QUEUE if ended > ends[number] else TOO_SOON,
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
        await asyncio.gather(
            *(expect.given_up_after(11, client.get("/external-api")) for _ in range(5))
        )
    expect.not_blocked(why=AFTER_A_FAILURE)

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

    opened_for = [""] * upstream.connections
    async with serve() as client:
        for failure, fails in FAILURES.items():
            fails(upstream)
            with expect.may_fail():
                await expect.given_up_after(11, client.get("/external-api"))
            opened_for += [failure] * (upstream.connections - len(opened_for))
    log = upstream.connection_log
    left = [failure for failure, each in zip(opened_for, log, strict=False) if not each["closed"]]
    expect.nothing_left(
        why=(f"It was so when {left[0]}. " if left else "")
        + "Perhaps only a failure left it there: what must run after one too stands in `finally`, "
        "or is done by `async with`."
    )


# What can become of a call, how the upstream is told to do so, and what the route answers.

KINDS: tuple[type[httpx.RequestError], ...] = (
    httpx.PoolTimeout,
    httpx.WriteTimeout,
    httpx.WriteError,
    httpx.LocalProtocolError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.RemoteProtocolError,
)

FAILURES: dict[str, Callable[[Upstream], object]] = {
    "the upstream answers 404": lambda upstream: upstream.get(DATA).respond(
        404, json={"error": "no"}
    ),
    "the upstream answers 503": lambda upstream: upstream.get(DATA).respond(503, text="down"),
    "a page comes with status 200": lambda upstream: upstream.get(DATA).respond(
        200, html="<h1>Back soon</h1>"
    ),
    "bytes come that are no text": lambda upstream: upstream.get(DATA).respond(
        200, content=b'["\xff"]'
    ),
    "nobody takes the call": lambda upstream: upstream.get(DATA).mock(
        side_effect=httpx.ConnectError("refused")
    ),
    "a time-out is over": lambda upstream: upstream.get(DATA).mock(
        side_effect=httpx.ReadTimeout("")
    ),
    "the upstream is silent": lambda upstream: upstream.silent(DATA),
    "the connection breaks": lambda upstream: upstream.breaks(DATA).respond(200, json=GOOD),
    "the upstream hangs up": lambda upstream: upstream.hangs_up(DATA).respond(200, json=GOOD),
    "bytes cannot be decoded": lambda upstream: upstream.garbles(DATA),
}

EXPECTED = {
    "the upstream answers 404": (404, STATUS_ERROR),
    "the upstream answers 503": (503, STATUS_ERROR),
}


def about_any_number(status: int, upstream: Upstream, *, asked: bool) -> str:
    if (held := upstream.open_connections) > 1:
        return (
            f"After calls one by one {held} connections are open: a response that is neither read nor closed keeps its "
            "own. Close each, also that of an error."
        )
    if not asked:
        return "The upstream was not asked: whatever came before, each request asks for itself."
    return EACH_NUMBER if any(status == each for each in HTTPStatus) else ANY_NUMBER


def has_nan(response: httpx.Response) -> bool:
    """Whether there is a number in an answer that JSON does not know."""
    numbers: list[str] = []
    try:
        json.loads(response.content, parse_constant=numbers.append)
    except ValueError:
        return False
    return bool(numbers)


def about_a_good_answer(response: httpx.Response) -> str:
    if response.text == '{"detail":"Request failed"}':
        return (
            "The upstream answered well, and your code took that for a failure: print what your "
            "clause has caught."
        )
    return STATUS


def about_what_goes_on(upstream: Upstream, *, asked: bool) -> str:
    if asked:
        return "The upstream was asked, and answered well. What failed before has a say in this."
    if upstream.open_connections > 50:
        return (
            f"{upstream.open_connections} connections are open, and the pool has no other: a "
            "response keeps its own until it is read to its end, or closed."
        )
    return (
        "The upstream was not asked any more: something counts the failures, or what a call needs "
        "was closed or not given back."
    )


def about_a_status_error(response: httpx.Response, *, first: bool = True) -> str:
    if not first and response.status_code >= 400:
        return "The one before kept its status, and this one did not: no status has an answer of its own."
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
