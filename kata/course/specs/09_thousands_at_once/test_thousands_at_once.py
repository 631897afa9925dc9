"""What the routes that fan out, and that wait by the thousand, are held to."""

import asyncio
import itertools
from typing import Any

import httpx

from kata.spec.types import Asgi, Client, Expect, Serve, Upstream

ITEMS = range(1, 21)
FAILING = (4, 9, 11, 15)

FEWER = "Five may be in flight and fewer were: start the calls together, and let five in."
KEPT = (
    "Failures kept their places: give a place back in `finally`, or use `async with`, and read or "
    "close each error. A worker goes on after a failure."
)
TOO_SOON = (
    "Twenty calls of half a second take two, five at a time: make all of them, and give back one "
    "place for each, no more."
)
LEFT_NULL = "A failed call leaves null in its place, and the other prices where they are."
NOT_AGAIN = "A call that failed is not made again: its price is null."
ONE_OF_MANY = "A failed call is no reason to lose the other prices."
ORDER = "The order is that of the items, not that in which their answers come."
ALL_NULL = "Not one price can be had, so all twenty are null: the answer is there all the same."
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
    dearer = [price(item) + 7 for item in ITEMS]
    response = await client.get("/fan-out")
    expect.json(
        response,
        {"prices": dearer},
        why=ORDER
        if in_another_order(response, dearer)
        else "These are old prices: fetch them anew in every request.",
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
        why=FEWER,
        too_soon=TOO_SOON,
    ):
        response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)


async def test_all_requests_share_the_five(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """The five are for all requests together: three `/fan-out` at once keep five calls in flight."""
    for item in ITEMS:
        route = upstream.get(address(item), takes=1.25 if item == 20 else 0.25)
        route.respond(200, json={"price": price(item)})
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
            why=(
                "Every request made its own gate: make one for all, outside the route."
                if upstream.peak == 15
                else "The gate is too wide: it lets five calls in, whoever asks."
            ),
        )

    prices = [price(item) for item in ITEMS]
    for response in responses:
        expect.json(
            response,
            {"prices": prices},
            why="Item 20 was given up: it takes 1.25 s, and a call may take its time."
            if prices_in(response) == [*prices[:19], None]
            else "Each request gets all twenty prices, also when others ask at the same moment.",
        )


async def test_each_request_answers_with_the_prices_that_it_fetched(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """Every request fetches for itself, also when another one does so at the same moment."""
    numbers = itertools.count(1)

    def another_price(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"price": next(numbers)})

    for item in ITEMS:
        # While one request waits for item 20, the other gets its prices.
        route = upstream.get(address(item), takes=0.8 if item == 20 else 0.1)
        route.mock(side_effect=another_price)
    responses = await asyncio.gather(client.get("/fan-out"), client.get("/fan-out"))

    prices = [str(each) for response in responses for each in prices_in(response)]
    expect.equal(
        len(set(prices)),
        2 * len(ITEMS),
        "different prices in two answers, if each call brings another one",
        why="Each request fetches for itself, and keeps what it fetched in local variables.",
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
    await client.get("/fan-out")

    failing = [
        upstream.get(address(4)).respond(500, json={"price": 0}),
        upstream.get(address(9)).respond(404, json={"price": 0}),
        upstream.get(address(11)).respond(503, json={"price": 0}),
        upstream.hangs_up(address(15)).respond(200, json={"price": price(15)}),
    ]
    upstream.get(address(18)).respond(200, json={"price": 0})
    response = await client.get("/fan-out")

    expect.status(response, 200, why=ONE_OF_MANY)
    prices = [None if item in FAILING else price(item) for item in ITEMS]
    expect.json(
        response, {"prices": [*prices[:17], 0, *prices[18:]]}, why=about_the_failed(response)
    )
    expect.equal(
        [route.call_count for route in failing],
        [2] * len(failing),
        "the calls for items 4, 9, 11 and 15, for two requests",
        why=NOT_AGAIN,
    )


async def test_a_refused_broken_or_late_call_leaves_null_as_well(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """A call that is refused, that breaks, or that runs into a time-out leaves null as well."""
    serve_prices(upstream)
    failing = [
        upstream.get(address(5)).mock(side_effect=httpx.ConnectError("Connection refused")),
        upstream.breaks(address(10)).respond(200, json={"price": price(10)}),
        upstream.get(address(20)).mock(side_effect=httpx.ReadTimeout("")),
    ]
    response = await client.get("/fan-out")

    expect.status(response, 200, why=ONE_OF_MANY)
    expect.json(
        response,
        {"prices": [None if item in (5, 10, 20) else price(item) for item in ITEMS]},
        why=LEFT_NULL,
    )
    expect.equal(
        [route.call_count for route in failing],
        [1] * len(failing),
        "the calls for items 5, 10 and 20",
        why=NOT_AGAIN,
    )


async def test_failures_give_their_places_back(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """A call that fails gives its place back at once: afterwards, five are in flight as before."""
    serve_prices(upstream, takes=0.5)
    with expect.seconds(2, "GET /fan-out, if each call takes 0.5 s", why=FEWER, too_soon=TOO_SOON):
        await client.get("/fan-out")

    async def all_fail() -> None:
        with expect.seconds(0, "GET /fan-out, if all calls fail at once", why=KEPT, if_stuck=KEPT):
            await client.get("/fan-out")

    for item in ITEMS:
        upstream.breaks(address(item)).respond(200, json={"price": price(item)})
    await all_fail()
    for item in ITEMS:
        upstream.get(address(item)).respond(503, json={"detail": "closed"})
    for _ in range(5):  # A client of httpx has a hundred connections.
        await all_fail()

    serve_prices(upstream, takes=0.5)
    with expect.seconds(
        2,
        "GET /fan-out after these failures, if each call takes 0.5 s",
        why=KEPT,
        too_soon=TOO_SOON,
        if_stuck=KEPT,
    ):
        response = await client.get("/fan-out")

    expect.json(
        response,
        {"prices": [price(item) for item in ITEMS]},
        why="The calls fail no more, so all prices are there again.",
    )


async def test_twenty_errors_are_twenty_nulls_five_at_a_time(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """An error, too, is in flight until it is read or closed. Twenty of them are twenty nulls."""
    for item in ITEMS:
        route = upstream.get(address(item), takes=0.25, drip=(0.25, 2))
        route.respond(503, json={"detail": "closed"})
    response = await client.get("/fan-out")

    expect.status(response, 200, why=ALL_NULL)
    expect.json(response, {"prices": [None] * len(ITEMS)}, why=ALL_NULL)
    expect.that(
        upstream.peak <= 5,
        expected="at most 5 calls in flight",
        came=f"{upstream.peak} calls in flight",
        why="An error has a body too: read it, or close the answer, before the next call gets in.",
    )


async def test_requests_at_other_moments_share_the_same_five(
    client: Client, upstream: Upstream, expect: Expect
) -> None:
    """The five are for all requests together, whoever asks, at whatever moment."""
    serve_prices(upstream, takes=0.5)
    upstream.get(address(1)).respond(503, json={"detail": "closed"})

    async def customer(comes: float) -> httpx.Response:
        await asyncio.sleep(comes)
        return await client.get("/fan-out", headers={"user-agent": f"customer at {comes} s"})

    responses = await asyncio.gather(*(customer(comes) for comes in (0, 0.6, 1.2, 4.2)))

    expect.that(
        upstream.peak <= 5,
        expected="at most 5 calls in flight, for all requests together",
        came=f"{upstream.peak} calls in flight",
        why="A request found another gate than those before it: make one, and never a new one.",
    )
    for response in responses:
        expect.json(
            response,
            {"prices": [None, *(price(item) for item in ITEMS[1:])]},
            why="Each request gets all its prices, whoever else is served.",
        )


async def test_wait_answers_after_half_a_second(client: Client, expect: Expect) -> None:
    """`GET /wait` answers {"done": true} after half a second."""
    with expect.seconds(0.5, "GET /wait", why="Await a sleep of half a second before you return."):
        response = await client.get("/wait")
        expect.status(response, 200, why=STATUS)

    expect.json(response, {"done": True}, why="The answer is an object with one key, `done`.")


async def test_wait_waits_for_no_price(client: Client, upstream: Upstream, expect: Expect) -> None:
    """`/wait` waits for its sleep and for nothing else, also while prices are fetched."""
    serve_prices(upstream, takes=0.5)
    fanning_out = asyncio.create_task(client.get("/fan-out"))
    await asyncio.sleep(0.1)
    with expect.seconds(
        0.5,
        "GET /wait during a GET /fan-out",
        why="It waited for more than its sleep: the gate stands before the price service only.",
    ):
        await client.get("/wait")
    await fanning_out


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
    upstream.get(address(7)).respond(503, json={"detail": "closed"})
    upstream.hangs_up(address(8)).respond(200, json={"price": price(8)})
    async with serve() as client:
        response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)
    expect.nothing_left(
        why="Who opens a client or starts a task also ends it: the lifespan after its `yield`, and "
        "a call also if it fails."
    )


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


def in_another_order(response: httpx.Response, prices: list[float]) -> bool:
    return sorted(map(str, prices_in(response))) == sorted(map(str, prices))


def about_the_prices(response: httpx.Response) -> str:
    prices = prices_in(response)
    if prices and not any(prices):
        return "Every call failed: make them in the request, to the address in the lesson."
    if in_another_order(response, [price(item) for item in ITEMS]):
        return ORDER
    return "The answer has a price for each of the twenty items, in a list under `prices`."


def about_the_failed(response: httpx.Response) -> str:
    prices = prices_in(response)
    if any(isinstance(each, dict | str) for each in prices):
        return "Exceptions became data: look at each result before you answer."
    if len(prices) == len(ITEMS):
        if prices[17] is None:
            return "Item 18 is free, and its price is 0: only what fails is null."
        if prices[14] == 0:
            return "0 is a price too. After a failed call nobody knows it: leave None in its place."
        if 0 in prices[:11]:
            return "httpx never raises on a status by itself: call `raise_for_status`."
        if any(price(item) in prices for item in FAILING):
            return "These are prices of an earlier request: what cannot be had now is null."
    return LEFT_NULL
