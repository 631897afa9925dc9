"""What a gate with a bounded queue before it, and a queue with a worker behind it, are held to."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from kata.spec.documents import Json, in_words
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

BUSY = {"detail": "busy"}
FAILED = {"detail": "printer failed"}
AT_WORK, WAITING, ORDERS_WAITING = 2, 4, 5

EMPTY = "Any JSON with a good status is a label, also if Python takes it for false."
STATUS = "A label that was printed is answered with 200: raise nothing, and return what came."
PASSED_ON = "Pass on the JSON that the printer answered to this request, as it is."
TWO = "Two at a time, for all requests together: one gate, made once, before the call and nothing else."
GIVEN_BACK_TWICE = (
    "Two at a time, whatever became of others: each call that took a place gives it back once, and only when it has "
    "ended. A `with` round the call does that by itself."
)
FEWER = "Two may be printed at a time, and fewer were: let the next one in whenever one is done."
REFUSED_EARLY = (
    "There was room: four may wait beside the two at work. `locked()` tells of the two only, and whoever "
    "leaves makes room for another."
)
NOT_REFUSED = "There was no room for it: count who is inside, at work or waiting, and refuse before you wait yourself."
LEFT_EARLY = (
    "More than two calls were in flight, so those who waited went ahead, and left room: a call keeps its place until "
    "its whole body is read."
)
TOO_MANY = (
    "More were let in than there is room for: count who is inside, with no `await` between looking and "
    "counting, and count down only those who were let in."
)
ANOTHER_STATUS = "Busy is a 503 with a Retry-After: the server has no room now, which is no fault of this caller."
LEFT = (
    "There was room: whoever leaves makes room for another, and whoever is refused has taken none."
)
REFUSED_LATE = "It was refused after a wait. Look whether there is room before the first `await`."
CALLED = "A refused request has no work done for it: refuse before the call."
HEADER = (
    'A refusal says when to come again: HTTPException(503, "busy", headers={"Retry-After": "1"}).'
)
KEPT = (
    "Whoever fails or is refused leaves no trace: count down in `finally`, whatever became of the call, and "
    "only for those who were let in."
)
IN_TIME = "The call was good, and took three seconds: it may, so no time-out may end it before."
SHARED = "Labels, orders and `/ping` share nothing: each has its own bound, and `/ping` has none."
WAITED = "Waiting for a turn is no failure: it has no time-out."
ACCEPTED = "An order is taken at once: put it into the queue, and let a worker send it."
TAKEN_LATE = "An order is taken or refused at once: `put_nowait` waits for nobody, `await put` waits for room."
WORKER_DIED = (
    "The next order was not sent at once. A worker ends with the order that failed, unless its loop catches what one "
    "order may raise; and it waits for nothing after that."
)
GOES_ON = "Each order is counted as done, also one that failed: `task_done` stands in `finally`."
FREED = "An order that failed leaves its place at once, and takes no other's."
IN_ORDER = "One worker takes the orders from one queue, first come, first sent."
ORDERS_FEW = "There was room: five may wait beside the one that is being sent."
ORDERS_MANY = (
    "Five may wait, wherever they wait: give the queue a size, take one order at a time out of it, and refuse "
    "when it is full."
)
PROMISE = "A 202 is a promise: what was taken is sent."
ONE_ORDER = (
    "The stock takes one order at a time: one worker for all requests, which waits for the end of each call before the "
    "next."
)
PROMISED = (
    "A 202 is a promise. After the `yield`, wait until the queue is empty and its last order sent, however long that "
    "takes: `queue.join()`, without a time-out, while all that sends them is open."
)
SENT_ONCE = "Each order is sent once: not again after a failure, and not by two workers."
NEVER_SENT = "An order that was refused is sent by nobody."


@dataclass(frozen=True)
class Visit:
    """A request, when it came and when it was answered, in seconds from the first."""

    number: int
    came: float
    left: float
    response: httpx.Response

    @property
    def refused(self) -> bool:
        return self.response.status_code == 503


async def test_a_label_is_printed(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """`GET /labels/7` answers 200 with the JSON that the printer answered."""
    documents: list[Json] = [{"label": "A7"}, {}, *values.documents(4)]
    for number, document in zip((7, 0, *values.ids(4, at_least=10)), documents, strict=True):
        route = upstream.get(label(number))
        route.respond(
            200,
            headers={"content-type": "application/json"},
            content=values.json_bytes(document),
        )
        for calls in (1, 2):
            response = await client.get(f"/labels/{number}")
            request = f"the printer answers 200 with {in_words(document)}"
            expect.status(response, 200, request=request, why=EMPTY if not document else STATUS)
            expect.json(response, document, why=PASSED_ON)
            expect.equal(
                route.call_count,
                calls,
                f"the calls after {calls} GET /labels/{number}",
                why="Each request makes one call, also if the label was printed before.",
            )


async def test_two_labels_are_printed_at_a_time(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Two labels are printed at a time: if each takes a second, six take three."""
    labels = printer(upstream, values, 6)
    with expect.seconds(3, "six GET /labels, if each call takes 1 s", why=FEWER, too_soon=TWO):
        visits = await house(client, clock, labels, {0: 2, 0.25: 4})
        for visit in visits:
            expect.status(visit.response, 200, request=told(visit), why=REFUSED_EARLY)
    expect.that(
        upstream.peak <= AT_WORK,
        expected="at most 2 calls to the printer in flight",
        came=f"{upstream.peak} calls in flight",
        why=TWO,
    )
    for visit in visits:
        expect.json(visit.response, {"label": visit.number}, why=PASSED_ON)


async def test_whoever_finds_the_queue_full_is_refused_at_once(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If two are at work and four wait, the next one gets 503 at once, and is told when to come again."""
    # Quick ones come first, so that nobody takes their time for the time to wait.
    for number in printer(upstream, values, 12, takes=0):
        await client.get(f"/labels/{number}")
    labels = printer(upstream, values, 9)
    visits = await house(client, clock, labels, {0: 2, 0.25: 4, 0.5: 3})

    for visit in visits[:6]:
        expect.status(visit.response, 200, request=told(visit), why=REFUSED_EARLY)
    for visit in visits[6:]:
        others = any(other.refused for other in visits[6:])
        refused(expect, visit, why=TOO_MANY if others else NOT_REFUSED)
        expect.json(visit.response, BUSY, request=told(visit), why="These words, and no others.")
        comes_again(expect, visit)
        at_once(expect, visit)
        expect.that(
            label(visit.number) not in upstream.called,
            expected="no call for a request that is refused",
            came=f"a call of {label(visit.number)}",
            why=CALLED,
        )


async def test_whoever_leaves_makes_room_for_another(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Whoever leaves makes room for another, at whatever moment, whoever asks."""
    later = 6.25 + values.moment(0.5)
    labels = printer(upstream, values, 2 + 4 + 3 + 5 + 7)
    arrivals = {0: 2, 0.25: 4, 1.25: 3, 3.25: 5, later: 2, later + 0.25: 5}
    # At 1.25 s two are done, two at work, two wait: two more may. At 3.25 s nobody waits.
    room = {0: 2, 0.25: 4, 1.25: 2, 3.25: 4, later: 2, later + 0.25: 4}
    visits = await house(client, clock, labels, arrivals)

    for moment, come in arrivals.items():
        of_moment = [visit for visit in visits if visit.came == moment]
        served = sum(visit.response.status_code == 200 for visit in of_moment)
        expect.equal(
            served,
            room[moment],
            f"how many are served of {come} that came at {moment:g} s",
            why=LEFT if served < room[moment] else TOO_MANY,
        )
        for visit in of_moment:
            if visit.response.status_code != 200:
                refused(expect, visit)
                at_once(expect, visit)
    expect.that(
        upstream.peak <= AT_WORK,
        expected="at most 2 calls to the printer in flight",
        came=f"{upstream.peak} calls in flight",
        why=TWO,
    )


async def test_a_crowd_in_one_moment_is_served_as_far_as_there_is_room(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Of fifty that come in the same moment, four to six are served, and the others refused at once."""
    labels = printer(upstream, values, 100)
    for crowd in (labels[:50], labels[50:]):
        visits = await house(client, clock, crowd, {0: 50})
        served = [visit for visit in visits if visit.response.status_code == 200]
        expect.that(
            WAITING <= len(served) <= AT_WORK + WAITING,
            expected="four to six served, of fifty that came in the same moment",
            came=f"{len(served)} served",
            why=TOO_MANY if len(served) > AT_WORK + WAITING else REFUSED_EARLY,
        )
        for visit in visits:
            if visit not in served:
                refused(expect, visit)
                comes_again(expect, visit)
                at_once(expect, visit)
        expect.that(
            upstream.peak <= AT_WORK,
            expected="at most 2 calls to the printer in flight",
            came=f"{upstream.peak} calls in flight",
            why=TWO,
        )
    await clock.sleep(10)
    await has_its_room(client, clock, expect, upstream, values, "a crowd was refused")


async def test_a_label_that_cannot_be_printed_is_a_502(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the call fails, the answer is 502 with {"detail": "printer failed"}."""
    for kind, failure in failures(values).items():
        number = values.id(at_least=10)
        route = upstream.get(label(number)).mock(side_effect=failure)
        response = await client.get(f"/labels/{number}")
        why = KEPT if response.status_code == 503 else ANOTHER_502
        expect.status(response, 502, request=kind, why=why)
        expect.json(response, FAILED, request=kind, why="The detail is public: these words only.")
        expect.equal(route.call_count, 1, f"the calls ({kind})", why=ONE_CALL)


async def test_a_printer_that_is_silent_or_breaks_off_has_failed(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """A printer that is silent, refuses or breaks off has failed, within ten seconds."""
    troubles: dict[str, Callable[[str], object]] = {
        # First, while no connection is open.
        "refuses to connect": lambda _: upstream.refuse("printer.example"),
        "is silent": upstream.silent,
        "breaks off": lambda url: upstream.breaks(url, takes=0.25),
        "hangs up": lambda url: upstream.hangs_up(url, takes=0.25),
        "sends bytes that cannot be decoded": upstream.garbles,
    }
    for trouble, begins in troubles.items():
        number = values.id(at_least=10)
        begins(label(number))
        with expect.seconds(
            at_most=10,
            what=f"GET /labels/{number}, if the printer {trouble}",
            why="Only a time-out ends a call to a printer that is silent.",
        ):
            response = await expect.given_up_after(11, client.get(f"/labels/{number}"))
        expect.status(response, 502, request=f"the printer {trouble}", why=ANOTHER_502)
        expect.json(response, FAILED, why="The detail is public: these words only.")
        upstream.accept("printer.example")
    await has_its_room(client, clock, expect, upstream, values, "calls got no answer")


async def test_failures_and_refusals_give_their_places_back(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """The place of a call that fails is free at once, and a refused request has taken none."""
    with expect.an_end(if_stuck=KEPT):
        for kind, failure in failures(values).items():
            labels = printer(upstream, values, 10, takes=0.5)
            for number in labels:
                upstream.get(label(number), takes=0.5).mock(side_effect=failure)
            with expect.seconds(
                at_most=1.5, what=f"six GET /labels, if each fails after 0.5 s ({kind})", why=FEWER
            ):
                visits = await house(client, clock, labels, {0: 2, 0.125: 4, 0.25: 4})
            statuses = [visit.response.status_code for visit in visits]
            expect.equal(statuses, [502] * 6 + [503] * 4, f"the statuses of ten ({kind})", why=KEPT)
            for visit in visits[6:]:
                comes_again(expect, visit)
        # A quick one, so that nobody takes the last one's seconds for the time to wait.
        quick = printer(upstream, values, 1, takes=0.25)
        await client.get(f"/labels/{quick[0]}")
        await has_its_room(client, clock, expect, upstream, values, "calls failed")
        expect.equal(upstream.in_flight, 0, "calls in flight afterwards", why=KEPT)


async def test_waiting_for_a_turn_is_no_failure(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Labels wait for their turn however long it takes: here two slow ones take both places."""
    labels = printer(upstream, values, 7, takes=0.25)
    for number in labels[:2]:
        # A piece comes every two seconds: httpx's own time-outs are for one piece.
        upstream.get(label(number), drip=(2, 7)).respond(200, json={"label": number})
    visits = await house(client, clock, labels, {0: 2, 0.5: 4, 6: 1})
    for visit in visits[2:6]:
        expect.status(visit.response, 200, request=told(visit), why=WAITED)
    # Whoever gives up a slow call after some seconds of his own has room by now, and that is not asked.
    if visits[0].left > 7:
        refused(expect, visits[6], why=LEFT_EARLY if upstream.peak > AT_WORK else NOT_REFUSED)


async def test_the_same_label_at_once_is_printed_for_each(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Each request makes a call of its own, also if another one asks for the same label meanwhile."""
    number = values.id()
    numbers = iter(range(100, 200))

    def another(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"label": next(numbers)})

    upstream.get(label(number), takes=0.5).mock(side_effect=another)
    responses = await asyncio.gather(*(client.get(f"/labels/{number}") for _ in range(2)))
    for response in responses:
        expect.status(response, 200, why=REFUSED_EARLY)
    expect.equal(
        sorted(response.json()["label"] for response in responses),
        [100, 101],
        "what two requests for one label got",
        why="Each request makes a call of its own, and keeps the answer in a variable of the function.",
    )


async def test_an_order_is_taken_at_once_and_sent(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """`POST /orders/7` answers 202 at once with {"order": 7}, and the order is sent to the stock."""
    for number in (7, 0, *values.ids(2, at_least=10)):
        route = upstream.post(order(number), takes=1).respond(200, json={"taken": True})
        with expect.seconds(at_most=0, what=f"POST /orders/{number}", why=ACCEPTED):
            response = await client.post(f"/orders/{number}")
        expect.status(response, 202, why="The work is still to be done: 202, as the stub says.")
        expect.json(response, {"order": number}, why="The answer repeats the order's number.")
        await clock.sleep(2)
        expect.equal(
            route.call_count,
            1,
            f"how often order {number} was sent within two seconds",
            why="A worker takes each order from the queue, and sends it once.",
        )


async def test_orders_are_sent_one_by_one_in_the_order_of_coming(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Orders are sent one at a time, in the order of coming, each once."""
    orders = stock(upstream, values, 6)
    for number in orders:
        await taken(client, expect, number)
        await clock.sleep(0.125)
    await clock.sleep(6)
    expect.equal(sent(upstream), orders, "the orders that were sent", why=IN_ORDER)
    expect.that(
        upstream.peak == 1,
        expected="one call to the stock in flight",
        came=f"{upstream.peak} calls in flight",
        why=ONE_ORDER,
    )


async def test_an_order_that_finds_the_queue_full_is_refused_at_once(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If one order is being sent and five wait, the next one gets 503 at once, and is never sent."""
    for number in stock(upstream, values, 12, takes=0):
        await taken(client, expect, number)
        await clock.sleep(0.125)
    quick = sent(upstream)
    orders = stock(upstream, values, 14)
    arrivals = {0: 1, 0.25: 5, 0.5: 3, 1.25: 2, 3.25: 3}
    visits = await house(client, clock, orders, arrivals, method="POST", path="orders")
    room = {0: 1, 0.25: 5, 0.5: 0, 1.25: 1, 3.25: 2}
    for visit in visits:
        at_once(expect, visit, TAKEN_LATE)
    await clock.sleep(20)
    took = {visit.number for visit in visits if visit.response.status_code == 202}
    went = sent(upstream)[len(quick) :]
    nobody: list[int] = []
    expect.equal(sorted(set(went) - took), nobody, "refused orders that were sent", why=NEVER_SENT)
    for moment, come in arrivals.items():
        of_moment = [visit for visit in visits if visit.came == moment]
        expect.equal(
            count := sum(visit.number in took for visit in of_moment),
            room[moment],
            f"how many are taken of {come} that came at {moment:g} s, if each takes 1 s to be sent",
            why=ORDERS_FEW if count < room[moment] else ORDERS_MANY,
        )
        for visit in of_moment:
            if visit.number not in took:
                refused(expect, visit)
                expect.json(visit.response, BUSY, why="These words, and no others.")
                comes_again(expect, visit)
    expect.equal(sorted(went), sorted(took), "the orders that were sent", why=SENT_ONCE)


async def test_a_crowd_of_orders_is_taken_as_far_as_there_is_room(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Of fifty orders in the same moment, five or six are taken and sent, the others refused at once."""
    orders = stock(upstream, values, 50)
    visits = await house(client, clock, orders, {0: 50}, method="POST", path="orders")
    took = [visit.number for visit in visits if visit.response.status_code == 202]
    expect.that(
        ORDERS_WAITING <= len(took) <= ORDERS_WAITING + 1,
        expected="five or six taken, of fifty that came in the same moment",
        came=f"{len(took)} taken",
        why=ORDERS_FEW if len(took) < ORDERS_WAITING else ORDERS_MANY,
    )
    for visit in visits:
        at_once(expect, visit, TAKEN_LATE)
        if visit.number not in took:
            refused(expect, visit)
            comes_again(expect, visit)
    await clock.sleep(10)
    unsent = len(took) > len(sent(upstream))
    expect.equal(
        sorted(sent(upstream)),
        sorted(took),
        "the orders that were sent",
        why=PROMISE if unsent else NEVER_SENT,
    )


async def test_the_worker_survives_an_order_that_fails(
    serve: Serve, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Whatever becomes of an order, those behind it are sent, each once."""
    troubles: dict[str, Callable[[str], object]] = {
        **{
            kind: lambda url, failure=failure: upstream.post(url, takes=0.25).mock(
                side_effect=failure
            )
            for kind, failure in failures(values).items()
        },
        "no answer at all": lambda url: upstream.silent(url, method="POST"),
        "a connection that breaks": lambda url: upstream.breaks(url, method="POST"),
        "bytes that cannot be decoded": lambda url: upstream.garbles(url, method="POST"),
    }
    async with contextlib.AsyncExitStack() as server:
        client = await server.enter_async_context(serve())
        upstream.refuse("stock.example")
        await taken(client, expect, stock(upstream, values, 1, takes=0.25)[0])
        await clock.sleep(1)
        upstream.accept("stock.example")
        for kind, begins in troubles.items():
            bad, good = stock(upstream, values, 2, takes=0.25)
            begins(order(bad))
            before = len(sent(upstream))
            await taken(client, expect, bad)
            await taken(client, expect, good)
            await clock.sleep(11 if kind == "no answer at all" else 1)
            why = WORKER_DIED if good not in sent(upstream) else SENT_ONCE
            with expect.an_end(if_stuck=why):
                expect.equal(
                    sent(upstream)[before:],
                    [bad, good],
                    f"the orders that were sent, the first of which failed ({kind})",
                    why=why,
                )
        orders = stock(upstream, values, 7)
        visits = await house(client, clock, orders, {0: 1, 0.25: 6}, method="POST", path="orders")
        took = [visit.number for visit in visits if visit.response.status_code == 202]
        expect.equal(
            len(took), 6, "how many of seven orders are taken after these failures", why=FREED
        )
        with expect.an_end(if_stuck=GOES_ON):
            await server.aclose()


async def test_the_shutdown_waits_until_all_orders_are_sent(
    serve: Serve, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Each order that got a 202 is sent, also if the server is told to stop before."""
    for waits, takes in ((0.5, 1.0), (0.0, 1.875)):
        orders = stock(upstream, values, 6, takes=takes)
        upstream.post(order(orders[1]), takes=takes).respond(503)
        before = len(sent(upstream))
        began = clock.now
        async with serve() as client:
            await taken(client, expect, orders[0])
            await clock.sleep(0.125)
            for number in orders[1:]:
                await taken(client, expect, number)
            await clock.sleep(waits)
        numbers = sent(upstream)[before:]
        why = SENT_ONCE if len(numbers) > len(orders) else PROMISED
        expect.equal(numbers, orders, "the orders that were sent at shutdown", why=why)
        expect.that(
            clock.now - began >= len(orders) * takes - expect.tolerance,
            expected="the last order is sent to its end before the server has stopped",
            came=f"six orders of {takes:g} s each, and it had stopped after {clock.now - began:g} s",
            why=PROMISED,
        )
        expect.nothing_left(
            why="What the startup has begun the shutdown ends, once the queue is empty: first the worker, then its "
            "client."
        )


async def test_labels_orders_and_ping_do_not_wait_for_each_other(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """While labels and orders are as many as may be, `/ping` is answered at once, and so is the other kind."""
    labels, orders = printer(upstream, values, 7, takes=3), stock(upstream, values, 6, takes=3)
    started = asyncio.create_task(house(client, clock, labels[:6], {0: 2, 0.125: 4}))
    await clock.sleep(0.25)
    await pinged(client, expect, "while labels are full")
    for number in orders:
        await taken(client, expect, number)
        await clock.sleep(0.125)
    expect.equal(
        sent(upstream),
        orders[:1],
        "the orders that are being sent while labels are full",
        why=SHARED,
    )
    await pinged(client, expect, "while labels and orders are full")
    response = await client.get(f"/labels/{labels[6]}")
    expect.status(response, 503, why=NOT_REFUSED if response.status_code == 200 else ANOTHER_STATUS)
    for visit in await started:
        why = IN_TIME if visit.response.status_code == 502 else SHARED
        expect.status(visit.response, 200, request=told(visit), why=why)

    number = printer(upstream, values, 1, takes=0.5)[0]
    with expect.seconds(0.5, "GET /labels while orders wait", why=SHARED):
        response = await client.get(f"/labels/{number}")
    expect.status(response, 200, why=SHARED)


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """After shutdown nothing is left open or running, also after failures and refusals, and a restart works."""
    for _ in range(2):
        async with serve() as client:
            labels = printer(upstream, values, 8, takes=0.25)
            visits = await house(client, clock, labels, {0: 2, 0.125: 6})
            statuses = [visit.response.status_code for visit in visits]
            expect.equal(statuses.count(200), 6, "labels printed in a life", why=REFUSED_EARLY)
            for failure in failures(values).values():
                number = values.id(at_least=10)
                upstream.get(label(number)).mock(side_effect=failure)
                with expect.may_fail():
                    await client.get(f"/labels/{number}")
        expect.nothing_left(
            why="Who opens a client or starts a task also ends it: the lifespan, after its `yield`."
        )


# What comes, and what is said of it.

ONE_CALL = "Each request makes one call, also if it fails: nothing is tried again."
ANOTHER_502 = (
    "The caller did nothing wrong, and the printer did not answer well: 502, whatever it was."
)


def label(number: int) -> str:
    return f"https://printer.example/labels/{number}"


def order(number: int) -> str:
    return f"https://stock.example/orders/{number}"


def printer(upstream: Upstream, values: Values, count: int, *, takes: float = 1) -> list[int]:
    """So many labels, each of which can be printed."""
    numbers = values.ids(count, at_least=20)
    for number in numbers:
        upstream.get(label(number), takes=takes).respond(200, json={"label": number})
    return numbers


def stock(upstream: Upstream, values: Values, count: int, *, takes: float = 1) -> list[int]:
    """So many orders, each of which can be sent."""
    numbers = values.ids(count, at_least=20)
    for number in numbers:
        upstream.post(order(number), takes=takes).respond(200, json={"taken": True})
    return numbers


def sent(upstream: Upstream) -> list[int]:
    """The orders that the stock got, in order."""
    called = [url for url in upstream.called if url.startswith("https://stock.example/")]
    return [int(url.rpartition("/")[2]) for url in called]


async def house(
    client: Client,
    clock: Clock,
    numbers: Sequence[int],
    arrivals: dict[float, int],
    *,
    method: str = "GET",
    path: str = "labels",
) -> list[Visit]:
    """Requests that come at these moments, so many at each. The visits are in the order of coming."""
    started = clock.now
    moments = [moment for moment, come in arrivals.items() for _ in range(come)]

    async def visit(number: int, comes: float) -> Visit:
        await asyncio.sleep(comes)
        # Each is another person, with another browser.
        headers = {"user-agent": f"browser {number}", "cookie": f"person={number}"}
        came = clock.now - started
        response = await client.request(method, f"/{path}/{number}", headers=headers)
        return Visit(number, comes, clock.now - started - (came - comes), response)

    return list(await asyncio.gather(*map(visit, numbers, moments)))


async def has_its_room(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values, after: str
) -> None:
    labels = printer(upstream, values, 8)
    visits = await house(client, clock, labels, {0: 2, 0.25: 6})
    served = sum(visit.response.status_code == 200 for visit in visits)
    expect.equal(served, 6, f"how many of eight are served after {after}", why=KEPT)
    expect.that(
        upstream.peak <= AT_WORK,
        expected=f"at most 2 calls to the printer in flight, also after {after}",
        came=f"{upstream.peak} calls in flight",
        why=GIVEN_BACK_TWICE,
    )
    for visit in visits:
        if visit.response.status_code == 503:
            comes_again(expect, visit)


async def taken(client: Client, expect: Expect, number: int) -> None:
    with expect.seconds(at_most=0, what=f"POST /orders/{number}", why=ACCEPTED):
        response = await client.post(f"/orders/{number}")
    expect.status(response, 202, why=ORDERS_FEW)


async def pinged(client: Client, expect: Expect, when: str) -> None:
    with expect.seconds(at_most=0, what=f"GET /ping {when}", why=SHARED):
        response = await client.get("/ping")
    expect.json(response, {"ping": "pong"}, why=SHARED)


def refused(expect: Expect, visit: Visit, why: str = NOT_REFUSED) -> None:
    let_in = visit.response.status_code in (200, 202)
    expect.status(visit.response, 503, request=told(visit), why=why if let_in else ANOTHER_STATUS)


def told(visit: Visit) -> str:
    return f"one that came at {visit.came:g} s"


def at_once(expect: Expect, visit: Visit, why: str = REFUSED_LATE) -> None:
    expect.that(
        visit.left - visit.came <= expect.tolerance,
        expected=f"an answer at once to {told(visit)}",
        came=f"status {visit.response.status_code}, {visit.left - visit.came:g} s later",
        why=why,
    )


def comes_again(expect: Expect, visit: Visit) -> None:
    header = visit.response.headers.get("retry-after", "")
    expect.that(
        header.isdecimal() and int(header) >= 1,
        expected="a header Retry-After with a whole number of seconds, 1 or more",
        came=f"Retry-After: {header}" if header else "no such header",
        why=HEADER,
    )


def failures(values: Values) -> dict[str, Any]:
    """Every kind of failure of a call, as respx plays it."""
    return {
        "status 503": httpx.Response(503, json={"label": "none"}),
        "status 404": httpx.Response(404, json={"label": "none"}),
        "status 400": httpx.Response(400, json={"label": "none"}),
        "another status": httpx.Response(values.status(), json={"label": "none"}),
        "a refused connection": httpx.ConnectError("refused"),
        "a time-out": httpx.ReadTimeout(""),
        "an answer that breaks off": httpx.ReadError("reset by peer"),
        "a body that is no JSON": httpx.Response(200, content=values.bytes_no_json()),
        "a body that is no text": httpx.Response(200, content=values.bytes_no_text()),
    }
