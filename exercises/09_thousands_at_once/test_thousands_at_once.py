"""What the routes that fan out, and that wait by the thousand, are held to."""

import asyncio
from typing import Any

import httpx

from kata.spec import Asgi, Client, Expect, Serve, Upstream

ITEMS = range(1, 21)

KEPT = (
    "Failures kept their places: give a place back in `finally`, or use `async with`. A worker goes "
    "on after a failure."
)
TOO_SOON = (
    "Twenty calls of half a second take two, five at a time: make all of them, and give back one "
    "place for each, no more."
)

STATUS = "The status is 200 unless you ask for another one."


async def test_it_answers_with_all_prices_in_order(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """`GET /fan-out` answers 200 with the prices of items 1 to 20, in this order."""
    for item in ITEMS:
        # The later the item, the sooner its answer comes.
        route = upstream.get(address(item), takes=0.5 - item * 0.02)
        route.respond(200, json={"price": price(item)})
    response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)
    expect.json(
        response,
        {"prices": [price(item) for item in ITEMS]},
        why=about_the_prices(response),
    )


async def test_every_request_fetches_every_item_once(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """Every request fetches every item once: prices change."""
    before = serve_prices(upstream)
    await client.get("/fan-out")
    expect.equal(
        [route.call_count for route in before],
        [1] * len(ITEMS),
        "the calls for each item, for one request",
        why="Each item is fetched once: build one call for each item.",
    )

    serve_prices(upstream, dearer=7)
    response = await client.get("/fan-out")
    expect.json(
        response,
        {"prices": [price(item) + 7 for item in ITEMS]},
        why="These are old prices: fetch them anew in every request.",
    )


async def test_never_more_than_five_calls_are_in_flight(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """Never more than five calls are in flight at once, each until its whole answer is there."""
    for item in ITEMS:
        # The second half of the body comes a quarter of a second after the first.
        route = upstream.get(address(item), takes=0.25, drip=(0.25, 2))
        route.respond(200, json={"price": price(item)})
    response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)
    expect.that(
        upstream.peak <= 5,
        expected="at most 5 calls in flight",
        came=f"{upstream.peak} calls in flight",
        why=(
            "gather starts all of them: creating tasks is not throttling, so put a gate before it."
            if upstream.peak == len(ITEMS)
            else "The gate is too wide, or left too early: five get in, each until its whole body is there."
        ),
    )


async def test_five_calls_are_in_flight_together(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """Five calls are in flight together: if each takes half a second, all twenty take two."""
    serve_prices(upstream, takes=0.5)
    with expect.seconds(
        2,
        "GET /fan-out, if each call takes 0.5 s",
        why="Five may be in flight and fewer were: start the calls together, and let five in.",
        too_soon=TOO_SOON,
    ):
        response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)


async def test_all_requests_share_the_five(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """The five are for all requests together: three `/fan-out` at once keep five calls in flight."""
    routes = [
        upstream.get(address(item), takes=1.25 if item == 20 else 0.25).respond(
            200, json={"price": price(item)}
        )
        for item in ITEMS
    ]
    with expect.seconds(
        at_most=5,
        what="three GET /fan-out at once, if item 20 takes 1.25 s and the others 0.25 s",
        why="Places stood empty while requests waited: let five calls in, whoever asks.",
    ):
        responses = await asyncio.gather(*(client.get("/fan-out") for _ in range(3)))
        expect.that(
            upstream.peak <= 5,
            expected="at most 5 calls in flight, for all requests together",
            came=f"{upstream.peak} calls in flight",
            why="Every request made its own gate: make one for all, outside the route.",
        )

    for response in responses:
        expect.json(
            response,
            {"prices": [price(item) for item in ITEMS]},
            why="Each request gets all twenty prices, also when others ask at the same moment.",
        )
    expect.equal(
        [route.call_count for route in routes],
        [3] * len(ITEMS),
        "the calls for each item, for three requests",
        why="Each request fetches for itself: requests that come together share the places only.",
    )


async def test_a_slow_item_holds_up_nobody(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """A place that gets free is taken by the next item at once: a slow item holds up nobody."""
    for item in ITEMS:
        route = upstream.get(address(item), takes=2 if item in (1, 6, 11, 16) else 0.5)
        route.respond(200, json={"price": price(item)})
    with expect.seconds(
        at_most=5,
        what="GET /fan-out, if items 1, 6, 11 and 16 take 2 s and the others 0.5 s",
        why="A whole batch waited for its slowest item: let the next one in whenever one is done.",
    ):
        response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)


async def test_a_price_that_cannot_be_had_is_null(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """An item whose call fails has null for a price, and the answer stays 200."""
    serve_prices(upstream)
    failing = [
        upstream.get(address(4)).respond(500, json={"price": 0}),
        upstream.get(address(9)).respond(404, json={"detail": "sold out"}),
        upstream.hangs_up(address(15)).respond(200, json={"price": price(15)}),
    ]
    response = await client.get("/fan-out")

    expect.status(response, 200, why="One failed call is no reason to lose nineteen prices.")
    expect.json(
        response,
        {"prices": [None if item in (4, 9, 15) else price(item) for item in ITEMS]},
        why=about_the_failed(response),
    )
    expect.equal(
        [route.call_count for route in failing],
        [1] * len(failing),
        "the calls for items 4, 9 and 15",
        why="A call that failed is not made again: its price is null.",
    )


async def test_failures_give_their_places_back(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """A call that fails gives its place back: after twenty failures, five are in flight again."""
    for item in ITEMS:
        upstream.get(address(item)).respond(503, json={"detail": "closed"})
    with expect.seconds(
        2,
        "a GET /fan-out whose calls fail at once, and one whose calls take 0.5 s",
        why=KEPT,
        too_soon=TOO_SOON,
        if_stuck=KEPT,
    ):
        await client.get("/fan-out")
        serve_prices(upstream, takes=0.5)
        response = await client.get("/fan-out")

    expect.json(
        response,
        {"prices": [price(item) for item in ITEMS]},
        why="The calls fail no more, so all prices are there again.",
    )


async def test_wait_answers_after_half_a_second(client: Client, expect: Expect) -> None:
    """`GET /wait` answers {"done": true} after half a second."""
    with expect.seconds(0.5, "GET /wait", why="Await a sleep of half a second before you return."):
        response = await client.get("/wait")
        expect.status(response, 200, why=STATUS)

    expect.json(response, {"done": True}, why="The answer is an object with one key, `done`.")


async def test_a_thousand_waits_take_as_long_as_one(
    client: Client, asgi: Asgi, expect: Expect
) -> None:
    """A thousand `GET /wait` at once are all answered within a second."""
    with expect.seconds(
        at_most=1,
        what="a thousand GET /wait at once",
        why="A thousand stood in a queue: they need no threads and no gate, only an awaited sleep.",
    ):
        replies = await asgi.flood("/wait", 1000)

    expect.equal(
        sum(1 for reply in replies if reply.status == 200 and reply.json() == {"done": True}),
        1000,
        'the requests that were answered with 200 and {"done": true}',
        why="All of them are answered, and all with the same.",
    )


async def test_the_client_is_closed(serve: Serve, upstream: Upstream, expect: Expect) -> None:
    """After shutdown nothing is left open or running."""
    serve_prices(upstream)
    async with serve() as client:
        response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)
    expect.nothing_left(why="What the lifespan opens before `yield`, it closes after it.")


def address(item: int) -> str:
    return f"https://prices.example/items/{item}"


def price(item: int) -> float:
    return 10.5 + item


def serve_prices(upstream: Upstream, *, takes: float = 0, dearer: float = 0) -> list[Any]:
    """The twenty routes of the price service. Set again, they replace the ones before."""
    return [
        upstream.get(address(item), takes=takes).respond(200, json={"price": price(item) + dearer})
        for item in ITEMS
    ]


def prices_in(response: httpx.Response) -> list[Any]:
    """The list of prices in an answer; an empty one if there is none."""
    body: Any = response.json() if response.text.startswith("{") else {}
    prices: Any = body.get("prices")
    return prices if isinstance(prices, list) else []  # pyright: ignore[reportUnknownVariableType]


def about_the_prices(response: httpx.Response) -> str:
    prices = prices_in(response)
    if prices and not any(prices):
        return "Every call failed: make them in the request, to the address in the lesson."
    if sorted(map(str, prices)) == sorted(str(price(i)) for i in ITEMS):
        return "The order is that of the items, not that in which their answers come."
    return "The answer has a price for each of the twenty items, in a list under `prices`."


def about_the_failed(response: httpx.Response) -> str:
    prices = prices_in(response)
    if any(isinstance(each, dict | str) for each in prices):
        return "Exceptions became data: look at each result before you answer."
    if 0 in prices[4:]:
        return "0 is a price too. After a failed call nobody knows it: leave None in its place."
    if 0 in prices:
        return "httpx never raises on a status by itself: call `raise_for_status`."
    return "A failed call leaves null in its place, and the other prices where they are."
