"""What the routes that fan out, and that wait by the thousand, are held to."""

import asyncio
import itertools
from collections.abc import Collection
from typing import Any

import httpx

from kata.spec.documents import whole_when_cut
from kata.spec.types import Asgi, Client, Clock, Expect, Serve, Upstream, Values

ITEMS = range(1, 21)
SLOW = (1, 6, 11, 16)
NEIGHBOURS = (1, 2, 3, 4)
PIECES = 7
CUT_OFF = 0.5
"""The price in an answer that breaks off behind it. No item has it."""

WHOLE_BATCH = "A whole batch waited for its slowest item: let the next one in whenever one is done."
ONE_BY_ONE = (
    "Slow items stood behind each other, and places were free: whoever is done takes the next item of all, and none "
    "has items of its own."
)
FEWER = "Five may be in flight and fewer were: start the calls together, and let five in."
KEPT = (
    "Failures kept their places: give a place back at once, in `finally` or with `async with`, and wait for "
    "nothing else in there. If workers make the calls, each goes on after a failure."
)
KEPT_OR_OPEN = (
    "A place is free again when its call is over: give it back in `finally`, or use `async with`, and read "
    "or close each error."
)
LEFT_OPEN = (
    "These answers stay open: read each to its end or close it, also an error, so that its connection is "
    "free for the next call."
)
NEVER_CALLED = "Nothing may remember that calls failed: every request makes all of its own."
GIVEN_UP = "A place was waited for, and then given up. Waiting is no failure: it has no time-out."
TOO_SOON = (
    "Twenty calls of half a second take two, five at a time: make all of them, and give back one "
    "place for each, no more."
)
LEFT_NULL = "A failed call leaves null in its place, and the other prices where they are."
NOT_AGAIN = "A call that failed is not made again: its price is null."
REFUSED = "A refused connection leaves null at once: try no second time, and let no transport do so (`retries`)."
EACH_ITEM = "A refused connection says nothing of the other items: call for each, whatever came of those before."
ONE_OF_MANY = "A failed call is no reason to lose the other prices."
ORDER = "The order is that of the items, not that in which their answers come."
OLD = "These are old prices: fetch them anew in every request."
NO_TIME_OUT = "One item got no answer, and its call waits for ever: leave httpx its five seconds, or set another limit."
BACK = "An item that could not be had has a price again: every request asks for every item."
ALL_NULL = "Not one price can be had, so all twenty are null: the answer is there all the same."
STATUS = "The status is 200 unless you ask for another one."
SLEEP = "Await a sleep of half a second before you return."


async def test_it_answers_with_all_prices_in_order(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """`GET /fan-out` answers 200 with the prices of items 1 to 20, in this order."""
    prices = drawn_prices(values)
    prices[16] = prices[3]
    for item, price in zip(ITEMS, prices, strict=True):
        # The later the item, the sooner its answer comes.
        route = upstream.get(address(item), takes=0.5 - item * 0.02)
        body = values.json_bytes({"price": price})
        route.respond(200, headers={"content-type": "application/json"}, content=body)
    response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)
    expect.json(response, {"prices": prices}, why=about_the_prices(response, prices))


async def test_every_request_fetches_every_item_once(
    client: Client, upstream: Upstream, expect: Expect, values: Values, clock: Clock
) -> None:
    """Every request fetches every item once: prices change."""
    expect.that(
        not upstream.unexpected,
        expected="no call before the first request",
        came=f"a call of {upstream.unexpected[0] if upstream.unexpected else ''}",
        why="Only requests fetch items: at startup nobody has asked for a price.",
    )
    before = serve_prices(upstream, drawn_prices(values))
    await client.get("/fan-out")
    expect.equal(
        [route.call_count for route in before],
        [1] * len(ITEMS),
        "the calls for each item, for one request",
        why="Each item is fetched once: build one call for each item.",
    )

    for when, pause in (("the second", 0), ("the third, an hour later,", 3600)):
        await clock.sleep(pause)
        prices = drawn_prices(values)
        serve_prices(upstream, prices)
        response = await client.get("/fan-out")
        expect.status(response, 200, why=f"It was {when} request that got no prices.")
        expect.json(
            response,
            {"prices": prices},
            why=ORDER
            if in_another_order(response, prices)
            else f"{OLD} It was {when} request that got them.",
        )


async def test_never_more_than_five_calls_are_in_flight(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """Never more than five calls are in flight at once, each until its whole answer is there."""
    prices = drawn_prices(values)
    # The second half of the body comes a quarter of a second after the first.
    serve_prices(upstream, prices, takes=0.25, drip=(0.25, 2))
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
    expect.json(
        response,
        {"prices": prices},
        why="These bodies come in two pieces, and the price is known when both are there.",
    )


async def test_five_calls_are_in_flight_together(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """Five calls are in flight together: if each takes half a second, all twenty take two."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices, takes=0.5)
    with expect.seconds(
        2,
        "GET /fan-out, if each call takes 0.5 s",
        why=FEWER,
        too_soon=TOO_SOON,
    ):
        response = await client.get("/fan-out")

    expect.status(response, 200, why=STATUS)
    expect.json(response, {"prices": prices}, why=about_the_prices(response, prices))


async def test_all_requests_share_the_five(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """The five are for all requests together: three `/fan-out` at once keep five calls in flight."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices, takes=0.25)
    upstream.get(address(20), takes=1.25).respond(200, json={"price": prices[19]})
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
                "Requests have gates of their own: make one for all, outside the route."
                if upstream.peak in (10, 15)
                else "The gate is too wide: it lets five calls in, whoever asks."
            ),
        )

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
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """A place that gets free is taken by the next item at once: a slow item holds up nobody."""
    for slow in (SLOW, NEIGHBOURS, tuple(sorted(values.sample(ITEMS, 4)))):
        prices = drawn_prices(values)
        serve_prices(upstream, prices, takes=0.5)
        for item in slow:
            upstream.get(address(item), takes=2).respond(200, json={"price": prices[item - 1]})
        *most, last = (str(item) for item in slow)
        with expect.seconds(
            at_most=5,
            what=f"GET /fan-out, if items {', '.join(most)} and {last} take 2 s and the others 0.5 s",
            why=ONE_BY_ONE if slow != SLOW else WHOLE_BATCH,
        ):
            response = await client.get("/fan-out")

        expect.status(response, 200, why=STATUS)
        expect.json(
            response,
            {"prices": prices},
            why="The slow items were given up: a call may take its two seconds."
            if prices_in(response) == without(prices, slow)
            else "Slow or not, all twenty have a price.",
        )


async def test_a_price_that_cannot_be_had_is_null(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """An item whose call fails has null for a price, and the answer stays 200."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices)
    await client.get("/fan-out")

    # The answer that is cut short comes behind the others, so that a status is what nobody caught first.
    missing, closed, broken, cut, free = sorted(values.sample(ITEMS, 5))
    kinds = {
        missing: "status 404",
        closed: "status 503",
        broken: "status 500",
        cut: "an answer that is cut short",
    }
    routes = [
        upstream.get(address(missing)).respond(404, json={"price": 0}),
        upstream.get(address(closed)).respond(503, json={"price": 0}),
        upstream.get(address(broken)).respond(500, json={"price": 0}),
        upstream.hangs_up(address(cut)).respond(200, content=whole_when_cut({"price": CUT_OFF})),
    ]
    upstream.get(address(free)).respond(200, json={"price": 0})
    response = await client.get("/fan-out")

    expect.status(response, 200, why=ONE_OF_MANY)
    prices[free - 1] = 0
    expect.json(
        response,
        {"prices": without(prices, kinds)},
        why=about_the_failed(response, prices, kinds, free),
    )
    expect.equal(
        {item: route.call_count for item, route in zip(kinds, routes, strict=True)},
        dict.fromkeys(kinds, 2),
        "the calls for each item that failed, for two requests",
        why=NOT_AGAIN,
    )

    prices = drawn_prices(values)
    serve_prices(upstream, prices)
    response = await client.get("/fan-out")

    expect.json(response, {"prices": prices}, why=BACK)


async def test_a_refused_broken_or_late_call_leaves_null_as_well(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """A call that is refused, that breaks, that brings no JSON or runs into a time-out leaves null as well."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices)
    refused, broken, late, no_json = values.sample(ITEMS, 4)
    kinds = {
        refused: "a refused connection",
        broken: "an answer that breaks off",
        late: "a time-out",
        no_json: "an answer that is not JSON",
    }
    routes = [
        upstream.get(address(refused)).mock(side_effect=httpx.ConnectError("Connection refused")),
        upstream.breaks(address(broken)).respond(200, content=whole_when_cut({"price": CUT_OFF})),
        upstream.get(address(late)).mock(side_effect=httpx.ReadTimeout("")),
        upstream.get(address(no_json)).respond(200, content=values.bytes_no_json()),
    ]
    response = await client.get("/fan-out")

    expect.status(response, 200, why=ONE_OF_MANY)
    expect.json(
        response,
        {"prices": without(prices, kinds)},
        why=about_the_failed(response, prices, kinds),
    )
    expect.equal(
        {item: route.call_count for item, route in zip(kinds, routes, strict=True)},
        dict.fromkeys(kinds, 1),
        "the calls for each item that failed",
        why=NOT_AGAIN,
    )


async def test_failures_give_their_places_back(
    client: Client, upstream: Upstream, expect: Expect, values: Values, clock: Clock
) -> None:
    """A call that fails gives its place back at once: afterwards, five are in flight as before."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices, takes=0.5)
    with expect.seconds(2, "GET /fan-out, if each call takes 0.5 s", why=FEWER, too_soon=TOO_SOON):
        await client.get("/fan-out")

    async def all_fail(how: str, *, take: float = 0, if_stuck: str = KEPT) -> None:
        asked = f"GET /fan-out, if {how}"
        with expect.seconds(at_most=take, what=asked, why=KEPT, if_stuck=if_stuck):
            response = await client.get("/fan-out")
            # Who closes an answer may do so when its price is known.
            await clock.sleep(0.05)
            expect.equal(
                upstream.in_flight, 0, f"calls still in flight after {asked}", why=LEFT_OPEN
            )
        expect.json(response, {"prices": [None] * len(ITEMS)}, why=ALL_NULL)

    # Five of each kind: who keeps the places of one kind has none left.
    for item in ITEMS:
        route = upstream.get(address(item))
        if item % 4 == 0:
            upstream.breaks(address(item)).respond(200, json={"price": prices[item - 1]})
        elif item % 4 == 1:
            route.mock(side_effect=httpx.ConnectError("Connection refused"))
        elif item % 4 == 2:
            route.mock(side_effect=(httpx.ReadTimeout if item < 10 else httpx.ConnectTimeout)(""))
        else:
            no_json = values.bytes_no_json() if item < 10 else values.bytes_no_text()
            route.respond(200, content=no_json)
    await all_fail("calls are refused, break, are late or bring no JSON, five of each")
    for item in ITEMS:
        # The second half of the body comes later: whoever has not read it is still in flight.
        route = upstream.get(address(item), drip=(0.25, 2))
        route.respond(503, json={"detail": "closed"}, headers={"retry-after": "2"})
    for _ in range(3):
        await all_fail(
            "all calls are answered with 503 and Retry-After: 2", take=1, if_stuck=KEPT_OR_OPEN
        )

    routes = serve_prices(upstream, prices, takes=0.5)
    before = sum(route.call_count for route in routes)
    with expect.seconds(
        2,
        "GET /fan-out after these failures, if each call takes 0.5 s",
        why=KEPT,
        too_soon=TOO_SOON,
        if_stuck=KEPT,
    ):
        response = await client.get("/fan-out")
        expect.equal(
            sum(route.call_count for route in routes) - before,
            len(ITEMS),
            "the calls of one GET /fan-out after these failures",
            why=NEVER_CALLED,
        )
    expect.json(
        response,
        {"prices": prices},
        why="The calls fail no more, so all prices are there again.",
    )

    silent = values.choice(ITEMS)
    upstream.silent(address(silent))
    with expect.an_end(if_stuck=NO_TIME_OUT):
        response = await client.get("/fan-out")
    expect.json(
        response,
        {"prices": without(prices, [silent])},
        why=f"Item {silent} got no answer, and all others have one.",
    )


async def test_twenty_errors_are_twenty_nulls_five_at_a_time(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """An error, too, is in flight until it is read or closed. Twenty of them are twenty nulls."""
    for item in ITEMS:
        route = upstream.get(address(item), takes=0.25, drip=(0.25, 2))
        route.respond(503 if item == 1 else values.status(), json={"detail": "closed"})
    response = await client.get("/fan-out")

    expect.status(response, 200, why=ALL_NULL)
    expect.json(response, {"prices": [None] * len(ITEMS)}, why=ALL_NULL)
    expect.that(
        upstream.peak <= 5,
        expected="at most 5 calls in flight",
        came=f"{upstream.peak} calls in flight",
        why="An error has a body too: read it, or close the answer, before the next call gets in.",
    )


async def test_refused_connections_are_twenty_nulls_at_once(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """A refused connection leaves null at once: nothing is tried again, not even to connect."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices)
    upstream.refuse("prices.example")
    with expect.seconds(0, "GET /fan-out, if all connections are refused,", why=REFUSED):
        response = await client.get("/fan-out")

    expect.status(response, 200, why=ALL_NULL)
    expect.json(response, {"prices": [None] * len(ITEMS)}, why=ALL_NULL)
    expect.equal(
        len(upstream.dialled),
        len(ITEMS),
        "attempts to connect for twenty items, if all are refused",
        why=REFUSED if len(upstream.dialled) > len(ITEMS) else EACH_ITEM,
    )
    upstream.accept("prices.example")
    response = await client.get("/fan-out")
    expect.json(response, {"prices": prices}, why="Connections are taken again: ask anew.")


async def test_requests_at_other_moments_share_the_same_five(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """The five are for all requests together, whoever asks, at whatever moment, also beside failures."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices, takes=0.5)
    upstream.get(address(1)).respond(503, json={"detail": "closed"})
    upstream.get(address(2)).mock(side_effect=httpx.ReadTimeout(""))

    async def customer(comes: float) -> httpx.Response:
        await asyncio.sleep(comes)
        headers = {"user-agent": f"customer at {comes} s", "cookie": f"customer={comes}"}
        return await client.get("/fan-out", headers=headers)

    moments = (0, 0.6, values.moment(2, at_least=1), 4.2)
    responses = await asyncio.gather(*(customer(comes) for comes in moments))

    expect.that(
        upstream.peak <= 5,
        expected="at most 5 calls in flight, for all requests together",
        came=f"{upstream.peak} calls in flight",
        why="A request found another gate than those before it: make one, and never a new one.",
    )
    for comes, response in zip(moments, responses, strict=True):
        expect.json(
            response,
            {"prices": [None, None, *prices[2:]]},
            why="Each request gets all its prices, whoever else is served. "
            f"It was the one that came at {comes:g} s.",
        )


async def test_waiting_for_a_place_is_no_failure(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """Waiting for a place is no failure, however long it takes: here five slow calls take all places."""
    prices = drawn_prices(values)
    serve_prices(upstream, prices)
    slow = ITEMS[:5]
    for item in slow:
        # A piece comes every two seconds: httpx's own time-outs are for one piece.
        route = upstream.get(address(item), drip=(2, PIECES))
        route.respond(200, json={"price": prices[item - 1]})
    response = await client.get("/fan-out")

    expect.that(
        upstream.peak <= 5,
        expected="at most 5 calls in flight, however long the others have waited for a place",
        came=f"{upstream.peak} calls in flight",
        why="Whoever has waited for long went on without a place: there is nothing to do but wait.",
    )
    expect.status(response, 200, why=GIVEN_UP)
    # Who gives up a call after some seconds of its own loses a price, and that is not asked here.
    came = {item: price for item, price in enumerate(prices_in(response), 1) if item not in slow}
    expect.equal(
        came,
        {item: prices[item - 1] for item in ITEMS if item not in slow},
        f"the prices of items 6 to 20, beside items 1 to 5, which take {2 * (PIECES - 1)} s each",
        why=GIVEN_UP,
    )


async def test_wait_answers_after_half_a_second(
    client: Client, expect: Expect, values: Values
) -> None:
    """`GET /wait` answers {"done": true} after half a second."""
    with expect.seconds(0.5, "GET /wait", why=SLEEP):
        response = await client.get("/wait")
        expect.status(response, 200, why=STATUS)
    expect.json(response, {"done": True}, why="The answer is an object with one key, `done`.")

    first = asyncio.create_task(client.get("/wait"))
    later = values.moment(0.375)
    await asyncio.sleep(later)
    with expect.seconds(
        0.5,
        f"a GET /wait that came {later:g} s after another one",
        why="Each request has its own half second: share no timer, event or flag.",
    ):
        await client.get("/wait")
    await first


async def test_wait_waits_for_no_price(
    client: Client, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """`/wait` waits for its sleep and for nothing else, also while prices are fetched."""
    serve_prices(upstream, drawn_prices(values), takes=0.5)
    fanning_out = asyncio.create_task(client.get("/fan-out"))
    await asyncio.sleep(0.1)
    with expect.seconds(
        0.5,
        "GET /wait during a GET /fan-out",
        why="It waited for more than its sleep: the gate stands before the price service only.",
        too_soon=SLEEP,
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


async def test_the_client_is_closed(
    serve: Serve, upstream: Upstream, expect: Expect, values: Values
) -> None:
    """After shutdown nothing is left open or running."""
    serve_prices(upstream, drawn_prices(values))
    upstream.get(address(7)).respond(503, json={"detail": "closed"})
    upstream.hangs_up(address(8)).respond(200, json={"price": 8.5})
    upstream.get(address(9)).respond(200, content=values.bytes_no_json())
    async with serve() as client:
        responses = await asyncio.gather(client.get("/fan-out"), client.get("/fan-out"))

    for response in responses:
        expect.status(response, 200, why=STATUS)
    expect.nothing_left(
        why="Who opens a client or starts a task also ends it: the lifespan after its `yield`, and "
        "a call also if it fails."
    )


def address(item: int) -> str:
    return f"https://prices.example/items/{item}"


def drawn_prices(values: Values) -> list[float]:
    """Twenty prices, no two alike and none of them 0, in no order."""
    return [price / 8 for price in values.sample(range(81, 801, 2), len(ITEMS))]


def without(prices: list[float], items: Collection[int]) -> list[float | None]:
    """The prices, and null for these items."""
    return [None if item in items else prices[item - 1] for item in ITEMS]


def serve_prices(
    upstream: Upstream,
    prices: list[float],
    *,
    takes: float = 0,
    drip: tuple[float, int] | None = None,
) -> list[Any]:
    """The twenty routes of the price service. Set again, they replace the ones before."""
    return [
        upstream.get(address(item), takes=takes, drip=drip).respond(200, json={"price": price})
        for item, price in zip(ITEMS, prices, strict=True)
    ]


def prices_in(response: httpx.Response) -> list[Any]:
    """The list of prices in an answer; an empty one if there is none."""
    body: Any = response.json() if response.text.startswith("{") else {}
    prices: Any = body.get("prices")
    return prices if isinstance(prices, list) else []  # pyright: ignore[reportUnknownVariableType]


def in_another_order(response: httpx.Response, prices: list[float]) -> bool:
    came: list[Any] = prices_in(response)
    numbers = [each for each in came if isinstance(each, int | float)]
    return len(numbers) == len(came) and sorted(numbers) == sorted(prices)


def about_the_prices(response: httpx.Response, prices: list[float]) -> str:
    came = prices_in(response)
    if came and not any(came):
        return "Every call failed: make them in the request, to the address in the lesson."
    if in_another_order(response, prices):
        return ORDER
    if len(came) == len(ITEMS) and None in came:
        late = came.index(None) + 1
        return (
            f"Item {late} has a price, and its call did not fail: null stands for a failure only."
        )
    if len(came) == len(ITEMS):
        return "Each price is what the service answered for its item, unchanged: round nothing."
    return "The answer has a price for each of the twenty items, in a list under `prices`."


def about_the_failed(
    response: httpx.Response, prices: list[float], failing: dict[int, str], free: int = 0
) -> str:
    """`failing` says what came for each item that has no price, `free` is the item with the price 0."""
    came = prices_in(response)
    if any(isinstance(each, dict | str) for each in came):
        return "Exceptions became data: look at each result before you answer."
    if len(came) != len(ITEMS):
        return LEFT_NULL
    if free and came[free - 1] is None:
        return f"Item {free} is free, and its price is 0: only what fails is null."
    for item, kind in failing.items():
        said = f"For item {item} came {kind}."
        if came[item - 1] == CUT_OFF:
            return f"What has broken off is a failure, also if a whole price came before: leave None. {said}"
        if came[item - 1] == prices[item - 1]:
            return f"These are prices of an earlier request: what cannot be had now is null. {said}"
        if came[item - 1] == 0:
            if not kind.startswith("status") or all(came[each - 1] == 0 for each in failing):
                return f"0 is a price too. After a failed call nobody knows it: leave None in its place. {said}"
            return f"httpx never raises on a status by itself: call `raise_for_status`. {said}"
    for item in ITEMS:
        if item not in failing and came[item - 1] is None:
            return (
                f"Item {item} has a price. What failed was the call for another item: that is no reason not to ask for "
                "this one, and none to drop its price."
            )
    return LEFT_NULL
