"""What the relay of the posts is held to."""

import asyncio

from kata.spec import Client, Expect, Serve, Upstream

POSTS = "https://jsonplaceholder.typicode.com/posts"

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


async def test_the_posts_come_back_as_they_came(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """`GET /fetch-data` answers 200 with the JSON that the upstream sent, unchanged."""
    upstream.get(POSTS).respond(200, json=MONDAY)

    async with serve() as client:
        response = await client.get("/fetch-data")

        expect.status(response, 200, why=STATUS)
        expect.json(response, MONDAY, why=about_the_body(response.text))


async def test_each_request_fetches_anew(serve: Serve, expect: Expect, upstream: Upstream) -> None:
    """Each request answers with what the upstream sends now: nothing is kept."""
    posts = upstream.get(POSTS)

    posts.respond(200, json=MONDAY)
    async with serve() as client:
        await client.get("/fetch-data")
        posts.respond(200, json=TUESDAY)
        response = await client.get("/fetch-data")

        expect.status(response, 200, why="The first request went well, the second did not.")
        expect.json(
            response,
            TUESDAY,
            why="The second answer was an old one: ask the upstream again for each request.",
        )


async def test_each_request_calls_the_upstream_once(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """Each request calls the upstream exactly once."""
    posts = upstream.get(POSTS)
    posts.respond(200, json=MONDAY)

    async with serve() as client:
        for _ in range(3):
            await client.get("/fetch-data")

    expect.equal(
        set(upstream.called),
        {POSTS},
        "the addresses that were called",
        why="Call the address of the lesson, with nothing behind it.",
    )
    expect.equal(
        posts.call_count,
        3,
        "calls of the upstream, for three requests",
        why="One request needs one call: keep the response in a variable, and use it twice.",
    )


async def test_requests_overlap_while_the_upstream_is_slow(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the upstream takes two seconds, five requests at once are answered after two seconds."""
    posts = upstream.get(POSTS, takes=2.0).respond(200, json=MONDAY)

    with expect.seconds(
        2,
        "serving five GET /fetch-data at once from a slow upstream",
        why="The calls stood in a queue: no lock and no narrow pool may hold one back for another.",
        too_soon="An answer came before that of the upstream: each request asks, and waits.",
    ):
        await asyncio.gather(*(client.get("/fetch-data") for _ in range(5)))
    expect.equal(
        posts.call_count,
        5,
        "calls of the upstream, for five requests at once",
        why="Each request makes a call of its own, also when another is under way.",
    )


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread."""
    upstream.get(POSTS).respond(200, json=MONDAY)

    async with serve() as client:
        await client.get("/fetch-data")
        await asyncio.gather(*(client.get("/fetch-data") for _ in range(3)))

    expect.nothing_left(
        why="A client was never closed: leave it with `async with`, or close it at shutdown."
    )


def about_the_body(text: str) -> str:
    if text == "null":
        return "A function that ends without `return` gives back None, and None is null in JSON."
    if text.startswith('"'):
        return "That is the JSON as one string: return `response.json()`, not its text."
    return "Return the upstream's JSON as it is: nothing round it, nothing left out."
