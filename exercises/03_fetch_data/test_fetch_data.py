"""What the relay of the posts is held to."""

import asyncio
import contextlib
import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import httpx

from kata.spec.documents import Json, in_words
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

HOST = "jsonplaceholder.typicode.com"
POSTS = f"https://{HOST}/posts"

AGREED = ("userId", "id", "title", "body")
NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")

LONG_IDLE = 6.0
"""Seconds. httpx closes a connection that has been idle for five."""

A_WHILE = 2.0
"""Seconds, in which a call shows that somebody makes behind the answer's back."""

LATER_THAN_ANY_TIME_OUT = 7.0
"""Seconds. httpx gives up after five."""

STATUS = "The upstream answers 200, so the route does too."
SLOW = "The upstream takes two seconds, and then it answers 200: wait for that, and answer 200 too."
IN_PIECES = "The body came in two pieces, cut inside a character: put all pieces together before you read them."
SIGNS_IN_A_TEXT = (
    "A text may hold a sign that ends a line, such as U+2028: read the whole, and not line by line."
)
AS_JSON = {"content-type": "application/json"}
FALSE_CHARSETS = ("text/html; charset=iso-8859-1", "application/json; charset=utf-16")
BYTE_BY_BYTE: tuple[Json, ...] = ([{"tags": [], "title": "]} ]}"}, 2025], 2025)
"""Sent so, they look complete again and again: a bracket closes, a line ends, a number could be one already."""
PACKED_UNASKED = (
    "The upstream packs its answer whatever it was asked for, and says so: unpack what says that it is packed, or let "
    "httpx do it."
)
ENDS_WITH_THE_STREAM = (
    "The body came byte by byte, and is complete when the stream ends: read on until then, however "
    "complete it looks before."
)
UNCHANGED = {
    "etag": '"posts"',
    "last-modified": "Mon, 06 Jan 2025 08:00:00 GMT",
    "cache-control": "public, max-age=86400",
}
"""What a server says whose cache has gone wrong: that nothing has changed."""

SIGNED_IN = {
    "authorization": "Bearer 3f9c",
    "cookie": "session=3f9c",
    "user-agent": "Mozilla/5.0",
    "accept-language": "de",
    "origin": "https://shop.example",
    "x-forwarded-host": "shop.example",
}
"""What the browser of somebody sends who is known here, and who came through a proxy."""

ASKS_IF_CHANGED = {
    "if-none-match": UNCHANGED["etag"],
    "if-modified-since": UNCHANGED["last-modified"],
}
"""What a browser sends that has kept an answer with these headers."""

MORE_THAN_A_POOL = 33
"""Failures of one kind, more than a pool of usual size has connections."""

BESIDE = "The upstream answered 200, whatever became of the calls beside it."
QUEUE = "The calls stood in a queue: no lock and no narrow pool may hold one back for another."
TOO_SOON = "An answer came before that of the upstream: each request asks, and waits."


async def test_the_posts_come_back_as_they_came(
    serve: Serve, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """`GET /fetch-data` answers 200 with the JSON that the upstream sent, unchanged."""
    monday = ordinary_posts(values, 12)
    upstream.get(POSTS).respond(200, json=monday)

    async with serve() as client:
        response = await client.get("/fetch-data")

        expect.status(response, 200, why=STATUS)
        came = json_of(response)
        some = isinstance(came, list) and len(came) < len(monday)  # pyright: ignore
        fewer = f"Of {len(monday)} posts {len(came)} came. " if some else ""  # pyright: ignore
        expect.json(response, monday, why=fewer + about_the_body(response))


async def test_each_request_fetches_anew(
    serve: Serve, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Each request answers with what the upstream sends now: nothing is kept, also after a long pause."""
    posts = upstream.get(POSTS)
    # Ids, lengths and headers are alike: only who calls and reads knows what came.
    days = [[a_post(7, values.token())] for _ in range(6)]
    before: list[Json] = []

    posts.respond(200, json=days[0], headers=UNCHANGED)
    async with serve() as client:
        for number, day in enumerate(days):
            if number == 4:
                await asyncio.sleep(LONG_IDLE)
            called = posts.call_count
            posts.respond(200, json=day, headers=UNCHANGED)
            headers = ASKS_IF_CHANGED if number % 2 else {}
            response = await client.get("/fetch-data", headers=headers)

            asked = await is_more_soon(lambda: posts.call_count, called)
            about = about_the_nth(response, number, before, asked=asked)
            expect.status(response, 200, why=f"The {NTH[number]} request: {STATUS}")
            expect.json(response, day, why=about)
            before.append(day)


async def test_each_request_calls_the_upstream_once(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """Each request calls the upstream exactly once; nothing else calls it."""
    posts = upstream.get(POSTS)
    posts.respond(200, json=[a_post(1, "one")])

    async with serve() as client:
        await asyncio.sleep(LONG_IDLE)
        expect.equal(
            posts.call_count,
            0,
            "calls of the upstream, before the first request",
            why="Nobody has asked for posts yet: only a request makes a call.",
        )
        for headers in ({}, SIGNED_IN, {}):
            await client.get("/fetch-data", headers=headers)

        expect.equal(
            set(upstream.called),
            {POSTS},
            "the addresses that were called",
            why="Call the address of the lesson, with nothing behind it.",
        )
        expect.equal(
            {call.request.headers["host"] for call in upstream.calls},
            {HOST},
            "the header `host` of the calls",
            why="Your visitor's headers were meant for you: a call has headers of its own.",
        )
        expect.equal(
            posts.call_count,
            3,
            "calls of the upstream, for three requests",
            why="One request needs one call: keep the response in a variable, and use it twice.",
        )
        await asyncio.sleep(LONG_IDLE)
        expect.equal(
            posts.call_count,
            3,
            f"calls of the upstream, {LONG_IDLE:.0f} s after three requests",
            why="A call was made without a request. What goes on in the background asks for nobody.",
        )


async def test_any_json_passes_as_it_is_under_any_content_type(
    serve: Serve, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Any JSON passes as it is: unknown fields, `null`, an empty list, under whatever content type."""
    posts = upstream.get(POSTS)
    monday = ordinary_posts(values, 2)
    unknown = {values.choice(("tags", "links", "räume")): values.document(), "by": values.token()}
    more = [{**monday[0], **unknown}]
    empty: list[Json] = values.shuffled([[], None, {}])
    documents: list[Json] = [more, *values.documents(4), values.tempting_document(), *empty]

    posts.respond(200, json=monday)
    async with serve() as client:
        await client.get("/fetch-data")
        for document in documents:
            kind = values.content_type()
            sent, headers = values.json_bytes(document), {"content-type": kind}
            # Whoever asks on and on while there is nothing gets some in the end.
            again = [httpx.Response(200, headers=headers, content=sent) for _ in range(2)]
            posts.mock(side_effect=[*again, httpx.Response(200, json=monday)])
            called = posts.call_count
            response = await client.get("/fetch-data")

            why = f"The upstream sent {in_words(document)} as {kind}. "
            expect.status(response, 200, why=why + "Any JSON passes, under whatever content type.")
            expect.json(response, document, why=why + about_other_json(response, document))
            expect.equal(
                posts.call_count - called,
                1,
                f"calls of the upstream, which sent {in_words(document)}",
                why=about_other_json(response, document),
            )


async def test_the_posts_come_back_whole_in_any_encoding_and_pieces(
    serve: Serve, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """The JSON comes back unchanged, in whatever encoding or pieces it came."""
    monday = [*ordinary_posts(values, 11), a_post(12, "Grüße aus Köln")]
    plain = json.dumps(monday, ensure_ascii=False).encode()
    posts = upstream.get(POSTS)

    async with serve() as client:
        for coding, pack, unasked in (
            ("gzip", gzip.compress, False),
            ("deflate", zlib.compress, False),
            ("gzip", gzip.compress, True),
        ):
            packed = pack(plain)
            posts.mock(side_effect=packed_if_accepted(coding, packed, plain, unasked=unasked))
            response = await client.get("/fetch-data")

            expect.status(response, 200, why=PACKED_UNASKED if unasked else STATUS)
            expect.that(
                response.content[:2] != packed[:2],
                expected="the JSON",
                came=f"bytes that are packed with {coding}, and no header of the answer says so",
                why="Pass on what httpx unpacked: only the raw bytes are still packed.",
            )
            expect.json(response, monday, why=about_the_body(response))

        inside = plain.index("ü".encode()) + 1
        posts.respond(200, headers=AS_JSON, content=[plain[:inside], plain[inside:]])
        response = await client.get("/fetch-data")

        expect.status(response, 200, why=IN_PIECES)
        expect.json(response, monday, why=IN_PIECES)

        lines = [a_post(13, "One\u2028two\u2029three\x85four")]
        posts.respond(200, headers=AS_JSON, content=json.dumps(lines, ensure_ascii=False).encode())
        response = await client.get("/fetch-data")

        expect.status(response, 200, why=SIGNS_IN_A_TEXT)
        expect.json(
            response,
            lines,
            why=SIGNS_IN_A_TEXT,
        )

        for kind in FALSE_CHARSETS:
            posts.respond(200, headers={"content-type": kind}, content=plain)
            response = await client.get("/fetch-data")

            why = f"It was JSON in UTF-8, sent as {kind}: "
            why += "read the bytes of the body, as `json()` does, and not its text, which follows that charset."
            expect.status(response, 200, why=why)
            expect.json(response, monday, why=why)

        for document in BYTE_BY_BYTE:
            sent = json.dumps(document, indent=1).encode()
            posts.respond(200, headers=AS_JSON, content=[bytes((each,)) for each in sent])
            with expect.may_fail():
                # Asked twice, for whoever is one request late: that is another mistake.
                await client.get("/fetch-data")
                await asyncio.sleep(A_WHILE)
                response = await client.get("/fetch-data")

            expect.status(response, 200, why=ENDS_WITH_THE_STREAM)
            expect.json(response, document, why=ENDS_WITH_THE_STREAM)


async def test_a_call_that_fails_brings_no_old_answer(
    serve: Serve, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the call fails, it is not made again, and the answer is your choice, but no old one."""
    token = values.token()
    upstream.get(POSTS).respond(200, json=[a_post(0, token)])

    async with serve() as client:
        for number, (failure, fails) in enumerate(values.shuffled(FAILURES.items())):
            good = [a_post(number, token)]
            upstream.get(POSTS).respond(200, json=good)
            response = await client.get("/fetch-data")
            expect.status(response, 200, why=f"The upstream answers well again. {STATUS}")
            expect.json(response, good, why="That is no answer to this request: nothing is kept.")

            fails(upstream)
            called = len(upstream.calls)
            with expect.may_fail():
                response = await client.get("/fetch-data")
            await asyncio.sleep(A_WHILE)
            if fails is not _refused:  # to try again to connect is no call
                expect.equal(
                    len(upstream.calls) - called,
                    1,
                    f"calls of the upstream, for a request for which {failure}",
                    why="A call that failed is not made again: many who try again keep a weak upstream "
                    "down.",
                )
            expect.that(
                token not in response.text,
                expected=f"an answer without posts, for {failure}",
                came="the posts of the request before",
                why="What came before is old. Whoever reads it cannot know that the call has failed.",
            )
        _bad_status(upstream)
        for _ in range(MORE_THAN_A_POOL):
            with expect.may_fail():
                await client.get("/fetch-data")
        good = [a_post(0, token)]
        upstream.get(POSTS).respond(200, json=good)
        response = await client.get("/fetch-data")
        well_again = f"The upstream answers well again, after {MORE_THAN_A_POOL} failures."
        expect.status(response, 200, why=f"{well_again} {STATUS}")
        expect.json(response, good, why=f"{well_again} Nothing is kept.")

    async with serve() as client:
        FAILURES["the connection broke"](upstream)
        with expect.may_fail():
            response = await client.get("/fetch-data")
        expect.that(
            token not in response.text,
            expected="an answer without posts, for the connection broke at the first call after a restart",
            came="the posts that came before the restart",
            why="What was kept in a file is old too.",
        )
        upstream.get(POSTS).respond(200, json=[])
        response = await client.get("/fetch-data")
        expect.json(response, [], why="The upstream answers well again, and anew after a restart.")


async def test_requests_overlap_while_the_upstream_is_slow(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the upstream takes two seconds, five requests at once are answered after two seconds."""
    days = [[a_post(number, values.token())] for number in range(6)]
    upstream.get(POSTS, takes=0.25).respond(200, json=days[5])
    response = await client.get("/fetch-data")
    expect.status(response, 200, why=STATUS)
    # Twice as many as are needed, so that calls too many are counted and not refused.
    posts = upstream.get(POSTS, takes=2.0)
    posts.mock(side_effect=[httpx.Response(200, json=day) for day in days[:5] * 2])

    with expect.seconds(
        2,
        "serving five GET /fetch-data at once from a slow upstream",
        why=QUEUE,
        too_soon=TOO_SOON,
    ):
        responses = await asyncio.gather(*(client.get("/fetch-data") for _ in range(5)))
        for response in responses:
            expect.status(response, 200, why=SLOW)
    expect.equal(
        posts.call_count - 1,
        5,
        "calls of the upstream, for five requests at once",
        why="Each request makes a call of its own, also when another is under way.",
    )
    came = [json_of(response) for response in responses]
    expect.that(
        all(day in came for day in days[:5]),
        expected="five answers of the upstream, each for one request",
        came="an answer of the upstream that no request got",
        why="All requests share what stands in the module or in an object of it: keep the response "
        "in a variable of the function.",
    )

    for what, is_slow in SLOW_PARTS.items():
        # So long that no connection of before is kept.
        await asyncio.sleep(LONG_IDLE)
        is_slow(upstream, days[5])
        with expect.seconds(
            at_most=2, what=f"serving five GET /fetch-data at once, while {what}", why=QUEUE
        ):
            responses = await asyncio.gather(*(client.get("/fetch-data") for _ in range(5)))
        for response in responses:
            why = f"Here {what}: that is no error, and no time-out may be shorter."
            expect.status(response, 200, why=why)
            expect.json(response, days[5], why=why)
    expect.not_blocked(why="Connecting and reading the body wait too: await both.")

    _refused(upstream)
    with expect.may_fail():
        await client.get("/fetch-data")
    expect.not_blocked(why="That holds for a pause before another try to connect too.")


async def test_each_request_gets_what_its_own_call_brought(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Requests that begin at other moments overlap too, each with what its own call brought, and when it came."""
    begins = sorted(number / 8 for number in values.sample(range(14), 6))
    # Three end in one moment, one passes others by, one fails, one is slower than any time-out of httpx.
    ends = [
        2.0,
        2.0,
        2.0,
        begins[3] + 0.125,
        begins[4] + 0.125,
        begins[5] + LATER_THAN_ANY_TIME_OUT,
    ]
    days = [[a_post(number, values.token())] for number in range(6)]
    started = clock.now

    async def asked(number: int) -> tuple[httpx.Response, float]:
        await asyncio.sleep(begins[number])
        posts = upstream.get(POSTS, takes=ends[number] - begins[number])
        posts.respond(200, json=days[number])
        if number == 4:
            posts.mock(side_effect=httpx.ReadError("reset by peer"))
        with expect.may_fail() if number > 3 else contextlib.nullcontext():
            response = await client.get("/fetch-data")
        return response, clock.now - started

    answers = await asyncio.gather(*(asked(number) for number in range(6)))

    for number in range(4):
        response, ended = answers[number]
        which = f"the {NTH[number]} of six requests, which began at {begins[number]:g} s"
        what = f"{which}, from an upstream that takes {ends[number] - begins[number]:g} s"
        expect.status(response, 200, why=f"That was {what}. {BESIDE}")
        expect.that(
            json_of(response) == days[number],
            expected=f"{days[number]} for {which}",
            came=response.text,
            why=about_another_answer(response, days, calls=len(upstream.calls)),
        )
        expect.that(
            abs(ended - ends[number]) <= expect.tolerance,
            expected=f"{ends[number]:g} s is when {what}, is answered",
            came=f"it was answered at {ended:g} s",
            why=QUEUE if ended > ends[number] else TOO_SOON,
        )
    for number in (4, 5):
        response, _ = answers[number]
        others = [day[0]["title"] for other, day in enumerate(days) if other != number]
        expect.that(
            all(token not in response.text for token in others),
            expected=f"no answer of another's for the {NTH[number]} of six requests",
            came=response.text,
            why="That is what the call of another request brought.",
        )
    expect.not_blocked()


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left, also after an error."""
    upstream.get(POSTS).respond(200, json=[{"id": 1}])
    async with serve() as client:
        await client.get("/fetch-data")
        await asyncio.gather(*(client.get("/fetch-data") for _ in range(3)))
    expect.nothing_left(
        why="What is made for one request ends with it, what is made for all ends at shutdown."
    )

    async with serve() as client:
        await asyncio.gather(*(client.get("/fetch-data") for _ in range(3)))
    expect.nothing_left(
        why="Here the first three came together: what one of them makes for all is made once, and not by each."
    )

    opened_for = [""] * upstream.connections
    async with serve() as client:
        for failure, fails in FAILURES.items():
            fails(upstream)
            with expect.may_fail():
                await client.get("/fetch-data")
            opened_for += [failure] * (upstream.connections - len(opened_for))
    left = [upstream.connection_log[n]["closed"] for n in range(len(opened_for))]
    failures = [failure for failure, closed in zip(opened_for, left, strict=True) if not closed]
    expect.nothing_left(
        why="Without an error nothing was left"
        + (f", but here {failures[0]}. " if failures else ". ")
        + "What must run after an error too stands in `finally`, or is done by `async with`."
    )


# What can become of a call, and how the upstream is told to do so. The answer is the learner's choice.


def _bad_status(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(503, json=[{"id": 1}])


def _too_many(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(429, headers={"retry-after": "1"}, text="slow down")


def _no_json(upstream: Upstream) -> None:
    upstream.get(POSTS).respond(200, html="<h1>Back soon</h1>")


def _refused(upstream: Upstream) -> None:
    upstream.get(POSTS).mock(side_effect=httpx.ConnectError("refused"))


def _broke(upstream: Upstream) -> None:
    upstream.breaks(POSTS).respond(200, json=[{"id": 1}])


def _hung_up(upstream: Upstream) -> None:
    upstream.hangs_up(POSTS).respond(200, json=[{"id": 1}])


def _slow(upstream: Upstream) -> None:
    upstream.get(POSTS, takes=LATER_THAN_ANY_TIME_OUT).respond(200, json=[{"id": 1}])


def _slow_body(upstream: Upstream, day: Json) -> None:
    upstream.get(POSTS, pause=2.0).respond(200, json=day)


def _slow_to_connect(upstream: Upstream, day: Json) -> None:
    upstream.get(POSTS).respond(200, json=day)
    upstream.slow_to_connect(HOST, seconds=2.0)


SLOW_PARTS = {
    "the body came two seconds after its head": _slow_body,
    "connecting took two seconds": _slow_to_connect,
}

FAILURES: dict[str, Callable[[Upstream], None]] = {
    "the upstream answered 503": _bad_status,
    "the upstream answered 429": _too_many,
    "a page came with status 200": _no_json,
    "nobody took the call": _refused,
    "the connection broke": _broke,
    "the upstream hung up half way": _hung_up,
    "the upstream took seven seconds": _slow,
}


# What stands in the specs, and what is said of an answer


def ordinary_posts(values: Values, count: int) -> list[dict[str, Any]]:
    """Posts with the four fields that everybody knows."""
    return [{field: post[field] for field in AGREED} for post in values.posts(count)]


def a_post(number: int, title: str) -> dict[str, Any]:
    return {"userId": 7, "id": number, "title": title, "body": ""}


def packed_if_accepted(
    coding: str, packed: bytes, plain: bytes, *, unasked: bool
) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if not unasked and coding not in request.headers.get("accept-encoding", ""):
            return httpx.Response(200, headers=AS_JSON, content=plain)
        encoded = {"content-encoding": coding, "content-length": str(len(packed))}
        # In a list, because httpx unpacks plain bytes here and now.
        return httpx.Response(200, headers=AS_JSON | encoded, content=[packed])

    return answer


def json_of(response: httpx.Response) -> Json:
    """The body, as text if it is no JSON."""
    try:
        return response.json()
    except ValueError:
        return response.text


async def is_more_soon(count: Callable[[], int], than: int) -> bool:
    """Whether a number has grown, if need be after a while: a call may be made behind the answer's back."""
    if count() == than:
        await asyncio.sleep(A_WHILE)
    return count() > than


def about_the_body(response: httpx.Response) -> str:
    if response.text == "null":
        return "A function that ends without `return` gives back None, and None is null in JSON."
    if response.text.startswith('"'):
        return "That is the JSON as one string: return `response.json()`, not its text."
    return "Return the upstream's JSON as it is: nothing round it, nothing left out."


def about_other_json(response: httpx.Response, document: Json) -> str:
    if missing := fields_missing(response, document):
        if all(not value for value in values_of(document, missing)):
            return (
                f"Of its fields these are missing: {', '.join(missing)}. What is null, false, zero or empty "
                "is a value too."
            )
        return (
            f"Of its fields these are missing: {', '.join(missing)}. A model keeps what it names, "
            "and drops the rest."
        )
    if not document:
        return (
            "That is an answer too. Python takes it for false, so `or`, `while not` and `if not` "
            "pass over it."
        )
    return "It passes as it is: nothing round it, nothing left out."


def fields_missing(response: httpx.Response, document: Json) -> list[str]:
    """The fields of a list of objects that are gone from the answer, if all others are there."""
    sent, came = fields_of(document), fields_of(json_of(response))
    return sorted(sent - came) if came and came < sent else []


def fields_of(document: Json) -> set[str]:
    rows: list[Json] = document if isinstance(document, list) else []  # pyright: ignore
    return {str(field) for row in rows if isinstance(row, dict) for field in row}  # pyright: ignore


def values_of(document: Json, fields: list[str]) -> list[Json]:
    """What stands in these fields of a list of objects."""
    rows: list[Json] = document if isinstance(document, list) else []  # pyright: ignore
    return [row[field] for row in rows if isinstance(row, dict) for field in fields if field in row]  # pyright: ignore


def about_the_nth(response: httpx.Response, number: int, before: list[Json], *, asked: bool) -> str:
    """What is said of the answer to the nth request, if it is not what the upstream has just sent."""
    if json_of(response) not in before:
        return f"The {NTH[number]} answer: {about_the_body(response)}"
    if asked:
        return (
            f"The {NTH[number]} answer was an old one, although the upstream was asked: answer "
            "with what the call of this request brings, whatever its headers say."
        )
    return f"The {NTH[number]} answer was an old one: ask the upstream again for each request."


def about_another_answer(
    response: httpx.Response, days: list[list[dict[str, Any]]], *, calls: int
) -> str:
    if calls < len(days):
        return (
            f"Calls made for {len(days)} requests: {calls}. Each request makes a call of its own, "
            "also when another is under way."
        )
    came = json_of(response)
    if came in days:
        return (
            f"That is what the call of the {NTH[days.index(came)]} request brought: keep the "
            "response in a variable of the function, not where all requests see it."
        )
    return about_the_body(response)
