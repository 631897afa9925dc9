"""What the relay of the posts is held to."""

import asyncio
import gzip
import json

import httpx

from kata.spec.types import Client, Expect, Serve, Upstream

HOST = "jsonplaceholder.typicode.com"
POSTS = f"https://{HOST}/posts"

MONDAY = [
    {"userId": 1, "id": 1, "title": "sunt aut facere", "body": "quia et suscipit\nsuscipit"},
    {"userId": 7, "id": 61, "title": "Grüße aus Köln", "body": 'a "quoted" word, and a \\'},
    *(
        {"userId": number % 10 + 1, "id": number, "title": f"post {number}", "body": "\t"}
        for number in range(60, 40, -1)
    ),
]
TUESDAY = [{"userId": 2, "id": 12, "title": "in quibusdam", "body": ""}]

STATUS = "The upstream answered 200, so does the route."
OLD = "The second answer was an old one: ask the upstream again for each request."
AS_JSON = {"content-type": "application/json"}


async def test_the_posts_come_back_as_they_came(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """`GET /fetch-data` answers 200 with the JSON that the upstream sent, unchanged."""
    upstream.get(POSTS).respond(200, json=MONDAY)

    async with serve() as client:
        response = await client.get("/fetch-data")

        expect.status(response, 200, why=STATUS)
        expect.json(response, MONDAY, why=about_the_body(response.text))


async def test_the_posts_come_back_whole_in_any_encoding_and_pieces(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """The JSON comes back unchanged, in whatever encoding or pieces it came."""
    plain = json.dumps(MONDAY, ensure_ascii=False).encode()
    inside = plain.index("ü".encode()) + 1
    packed = gzip.compress(plain)

    def packed_if_accepted(request: httpx.Request) -> httpx.Response:
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return httpx.Response(200, headers=AS_JSON, content=plain)
        encoded = {"content-encoding": "gzip", "content-length": str(len(packed))}
        # In a list, because httpx unpacks plain bytes here and now.
        return httpx.Response(200, headers=AS_JSON | encoded, content=[packed])

    posts = upstream.get(POSTS)

    posts.mock(side_effect=packed_if_accepted)
    async with serve() as client:
        response = await client.get("/fetch-data")

        expect.status(response, 200, why=STATUS)
        expect.that(
            response.content[:2] != packed[:2],
            expected="the JSON",
            came="bytes that are packed with gzip, and no header of the answer says so",
            why="Pass on what httpx unpacked: only the raw bytes are still packed.",
        )
        expect.json(response, MONDAY, why=about_the_body(response.text))

    posts.respond(200, headers=AS_JSON, content=[plain[:inside], plain[inside:]])
    async with serve() as client:
        response = await client.get("/fetch-data")

        expect.status(response, 200, why=STATUS)
        expect.json(
            response,
            MONDAY,
            why="The body came in two pieces, cut inside a character: put all pieces together before "
            "you read them.",
        )


async def test_each_request_fetches_anew(serve: Serve, expect: Expect, upstream: Upstream) -> None:
    """Each request answers with what the upstream sends now: nothing is kept."""
    posts = upstream.get(POSTS)

    posts.respond(200, json=MONDAY)
    async with serve() as client:
        monday = await client.get("/fetch-data")
        posts.respond(200, json=TUESDAY)
        response = await client.get("/fetch-data")

        expect.status(response, 200, why="The first request went well, the second did not.")
        is_old = response.text == monday.text
        expect.json(response, TUESDAY, why=OLD if is_old else about_the_body(response.text))

        # Whoever asks on and on while there are no posts gets some.
        posts.mock(side_effect=[httpx.Response(200, json=day) for day in ([], [], MONDAY)])
        response = await client.get("/fetch-data")

        expect.json(
            response,
            [],
            why="An empty list is an answer too. Python takes it for false, so `or`, `while not` "
            "and `if not` pass over it.",
        )


async def test_a_call_that_fails_brings_no_old_answer(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """If the call fails, the answer is your choice, but it is no old one."""
    posts = upstream.get(POSTS)

    posts.respond(200, json=MONDAY)
    async with serve() as client:
        monday = await client.get("/fetch-data")
        posts.mock(side_effect=httpx.ConnectError("refused"))
        response = await client.get("/fetch-data")

        expect.that(
            response.text != monday.text,
            expected="an answer without posts, for the upstream refuses",
            came="the posts of the request before",
            why="What came before is old. Whoever reads it cannot know that the call has failed.",
        )


async def test_each_request_calls_the_upstream_once(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """Each request calls the upstream exactly once, also if the call fails."""
    posts = upstream.get(POSTS)
    posts.respond(200, json=MONDAY)

    async with serve() as client:
        expect.equal(
            posts.call_count,
            0,
            "calls of the upstream, before the first request",
            why="Nobody has asked for posts yet: only a request makes a call.",
        )
        for _ in range(3):
            await client.get("/fetch-data")

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

        posts.respond(503, json=[])
        await client.get("/fetch-data")

        expect.equal(
            posts.call_count,
            4,
            "calls of the upstream, for a fourth request too, which got a 503",
            why="A call that failed is not made again: many who try again keep a weak upstream down.",
        )


async def test_requests_overlap_while_the_upstream_is_slow(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream takes two seconds, five requests at once are answered after two seconds."""
    days = [[{"userId": 1, "id": day, "title": f"day {day}", "body": ""}] for day in range(5)]
    posts = upstream.get(POSTS, takes=2.0)
    # Twice as many as are needed, so that calls too many are counted and not refused.
    posts.mock(side_effect=[httpx.Response(200, json=day) for day in days * 2])

    with expect.seconds(
        2,
        "serving five GET /fetch-data at once from a slow upstream",
        why="The calls stood in a queue: no lock and no narrow pool may hold one back for another.",
        too_soon="An answer came before that of the upstream: each request asks, and waits.",
    ):
        responses = await asyncio.gather(*(client.get("/fetch-data") for _ in range(5)))
    expect.equal(
        posts.call_count,
        5,
        "calls of the upstream, for five requests at once",
        why="Each request makes a call of its own, also when another is under way.",
    )
    for response in responses:
        expect.status(response, 200, why=STATUS)
    came = [response.json() for response in responses]
    expect.that(
        all(day in came for day in days),
        expected="five answers of the upstream, each for one request",
        came="an answer of the upstream that no request got",
        why="All requests share what stands in the module or in an object of it: keep the response "
        "in a variable of the function.",
    )


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left, also after an error."""
    posts = upstream.get(POSTS)

    posts.respond(200, json=MONDAY)
    async with serve() as client:
        await client.get("/fetch-data")
        await asyncio.gather(*(client.get("/fetch-data") for _ in range(3)))
    expect.nothing_left(
        why="What is made for one request ends with it, what is made for all ends at shutdown."
    )

    async with serve() as client:
        for status in (200, 503):
            posts.respond(status, html="<h1>Back soon</h1>")
            await client.get("/fetch-data")
    expect.nothing_left(
        why="Without an error nothing was left. What must run after an error too stands in "
        "`finally`, or is done by `async with`."
    )


def about_the_body(text: str) -> str:
    if text == "null":
        return "A function that ends without `return` gives back None, and None is null in JSON."
    if text.startswith('"'):
        return "That is the JSON as one string: return `response.json()`, not its text."
    return "Return the upstream's JSON as it is: nothing round it, nothing left out."
