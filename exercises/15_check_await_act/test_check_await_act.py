"""What a shop is held to whose customers press the button twice, and all at once."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from kata.spec.expect import Response
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

HOST = "pay.example"
CHARGES = f"https://{HOST}/charges"
KEY = "Idempotency-Key"
PIECES = 10
"""How many pieces there are of each item at the start."""


async def test_an_order_is_paid_and_answered(
    client: Client, upstream: Upstream, values: Values, expect: Expect
) -> None:
    """`POST /orders` charges an order once, with its key, and answers 201; `GET /stock/{item}` has what is left."""
    charges = pays(upstream)
    ids: list[object] = []
    for item, quantity in ((7, 2), (3, 10), (7, values.number(1, 8))):
        before = await left_of(client, item, expect)
        key = values.token()
        response = await ordered(client, key, item, quantity)

        expect.status(response, 201, why="The item is there, and the charge was answered with 201.")
        expect.json(
            response,
            {"id": id_of(response), "item": item, "quantity": quantity},
            why="The answer is the order, with an `id` that is a whole number.",
        )
        ids.append(id_of(response))
        expect.equal(
            charged(charges),
            [*charged(charges)[: len(ids) - 1], (key, {"item": item, "quantity": quantity})],
            "the keys and bodies of the charges",
            why="An order is charged once: POST its item and quantity as JSON, with its key in the same header.",
        )
        await stock_is(client, item, before - quantity, expect, why=TAKEN_ONCE)
    no_two_alike(expect, ids, why=OWN_ID)
    expect.equal(
        set(upstream.called),
        {CHARGES},
        "the addresses that were called",
        why="Call the address of the lesson, with nothing behind it.",
    )
    for item in (1, 5, 9):
        await stock_is(client, item, PIECES, expect, why="Nobody has ordered this item.")


async def test_what_cannot_be_sold_is_refused_and_not_charged(
    client: Client, upstream: Upstream, values: Values, expect: Expect
) -> None:
    """404, 409 and 422: such an order is not charged, takes nothing, and leaves its key free."""
    charges = pays(upstream)
    key = values.token()
    for item, quantity, status, detail in (
        (7, 11, 409, SOLD_OUT),
        (10, 1, 404, NO_SUCH_ITEM),
        (0, 1, 404, NO_SUCH_ITEM),
        (-1, 1, 404, NO_SUCH_ITEM),
        (7, 0, 422, None),
        (7, -1, 422, None),
    ):
        response = await ordered(client, key, item, quantity)

        taken = "another order" in response.text
        expect.status(response, status, why=STILL_FREE if taken else ROWS[status])
        if detail:
            expect.json(response, detail, why="The second argument of HTTPException is the detail.")
    for body in ({"item": 7.5, "quantity": 1}, {"item": 7, "quantity": 1.5}, {"item": 7}):
        response = await client.post("/orders", json=body, headers={KEY: key})
        expect.status(response, 422, why="Declare both as whole numbers, and FastAPI checks them.")
    response = await client.get("/stock/7.5")
    expect.status(response, 422, why="Declare the item as a whole number, and FastAPI checks it.")
    for headers, said in (({}, "No key came"), ({KEY: ""}, "The key was empty, which is none")):
        response = await client.post("/orders", json={"item": 7, "quantity": 1}, headers=headers)
        why = f"{said}: without a key nobody can tell two orders from one."
        expect.status(response, 422, why=why)
    for item in (10, 0, -1):
        response = await client.get(f"/stock/{item}")
        expect.status(response, 404)
        expect.json(response, NO_SUCH_ITEM)
    expect.equal(
        charges.call_count,
        0,
        "charges for orders that were refused",
        why="Look first, then charge.",
    )
    await stock_is(client, 7, PIECES, expect, why="An order that is refused takes nothing.")

    response = await ordered(client, key, 7, 10)
    expect.status(response, 201, why=KEY_IS_FREE)
    expect.equal(charges.call_count, 1, "charges after the one order that was not refused")


async def test_the_same_order_again_gets_the_same_answer(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """The same key with the same order gets the first answer again, however late, and is not charged again."""
    charges = pays(upstream)
    keys = [values.token() for _ in range(3)]
    first = {key: await ordered(client, key, 7, 2) for key in keys}
    # As many as there are pieces: nobody has to remember more.
    others = [(item, 1) for item in range(1, 10) if item != 7 for _ in range(PIECES)]
    for pause, why in ((0, ANSWER_AGAIN), (6, AFTER_OTHERS), (3_600, AN_HOUR_LATER)):
        await clock.sleep(pause)
        if pause == 6:
            # So many have come since that who keeps the latest only has none of the first.
            for some in range(0, len(others), 20):
                await asyncio.gather(
                    *(ordered(client, values.token(), *other) for other in others[some : some + 20])
                )
        for key in values.shuffled(keys):
            again = await ordered(client, key, 7, 2)
            expect.status(again, 201, why=why)
            expect.json(again, json_of(first[key]), why=why)
    spelled = await client.post(
        "/orders",
        content=b' {\n "quantity": 2,\n "item": 7 }',
        headers={KEY: keys[0], "content-type": "application/json"},
    )
    expect.status(
        spelled, 201, why="It is the same order in another spelling: compare what it says."
    )
    expect.json(spelled, json_of(first[keys[0]]), why=ANSWER_AGAIN)
    of_these = [key for key, _ in charged(charges) if key in keys]
    once = len(set(of_these))
    expect.equal(len(of_these), once, f"charges for {once} keys", why=CHARGED_AGAIN)
    await stock_is(client, 7, PIECES - 6, expect, why=TAKEN_ONCE)


async def test_twenty_equal_orders_at_once_have_one_effect(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """Twenty equal orders with one key, at once or while the first is under way, are one order with one answer."""
    for seconds, spread in ((1.0, 0.0), (3.0, 0.05)):
        charges = pays(upstream, takes=seconds)
        key, earlier = values.token(), charges.call_count
        before = await left_of(client, 7, expect)
        with expect.seconds(
            at_most=seconds + 0.95, what="twenty equal orders", why="All wait for the one charge."
        ):
            waiting: list[asyncio.Task[httpx.Response]] = []
            for number in range(20):
                waiting.append(asyncio.create_task(ordered(client, key, 7, 2)))
                if number % 2:
                    await clock.sleep(spread)
            responses = await asyncio.gather(*waiting)

        expect.equal(
            charges.call_count - earlier, 1, "charges for twenty equal orders", why=CHECK_AWAIT_ACT
        )
        for response in responses:
            expect.status(
                response, 201, why=PATIENCE if response.status_code == 502 else WAIT_FOR_THE_FIRST
            )
            expect.json(response, json_of(responses[0]), why=ANSWER_AGAIN)
        await stock_is(client, 7, before - 2, expect, why=TAKEN_ONCE)
        again = await ordered(client, key, 7, 2)
        expect.json(again, json_of(responses[0]), why=ANSWER_AGAIN)
        expect.equal(charges.call_count - earlier, 1, "charges for the key", why=CHARGED_AGAIN)


async def test_a_key_belongs_to_one_order(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """The same key with another order is 422, while the first is under way and later, and is not charged."""
    charges = pays(upstream, takes=1.0)
    key = values.token()
    first = asyncio.create_task(ordered(client, key, 7, 2))
    await clock.sleep(0.5)
    beside = [asyncio.create_task(ordered(client, key, *other)) for other in ((7, 1), (3, 2))]
    responses = list(await asyncio.gather(*beside))
    response = await first
    responses += [await ordered(client, key, *other) for other in ((3, 2), (7, 3))]

    expect.status(response, 201, why="It came first, so the key is its own.")
    for place, other in enumerate(responses):
        when = "while the first was charged" if place < 2 else "after the first was paid"
        expect.status(other, 422, request=f"another order, {when}", why=ANOTHER_ORDER)
        expect.json(other, {"detail": "This key belongs to another order"})
    expect.equal(charges.call_count, 1, "charges for one key", why=ANOTHER_ORDER)
    again = await ordered(client, key, 7, 2)
    expect.status(again, 201, why="The key still belongs to its first order.")
    expect.json(again, json_of(response), why=ANSWER_AGAIN)
    await stock_is(client, 7, PIECES - 2, expect, why="An order that is refused takes nothing.")
    await stock_is(client, 3, PIECES, expect, why="An order that is refused takes nothing.")


async def test_orders_with_different_keys_do_not_wait_for_each_other(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """Orders with different keys are charged at the same time, also for the same item, and each has its own answer."""
    charges = pays(upstream, takes=2)
    word = values.token()
    # A header's value is compared letter by letter, unlike its name.
    keys = [
        "a",
        word,
        word + "x",
        word.upper(),
        word.lower() + "-",
        *(values.token() for _ in range(16)),
    ]
    keys = list(dict.fromkeys(keys))
    orders = [(7, 1) if number < 5 else (1 + number % 6, 2) for number in range(len(keys))]
    with expect.seconds(
        2,
        f"{len(keys)} orders at once, if a charge takes 2 s",
        why="They stood in a queue: hold no lock for all of them, or for all of an item, while a charge is awaited, "
        "and let the client open a connection for each.",
    ):
        responses = await asyncio.gather(
            *(
                ordered(client, key, item, quantity)
                for key, (item, quantity) in zip(keys, orders, strict=True)
            )
        )
    for response, (item, quantity) in zip(responses, orders, strict=True):
        expect.status(response, 201, why="Each of these keys is new, and there is enough.")
        wanted = {"id": id_of(response), "item": item, "quantity": quantity}
        expect.json(response, wanted, why="Each key has an answer of its own: mix none up.")
    expect.equal(
        sorted(str(key) for key, _ in charged(charges)),
        sorted(keys),
        "the keys that were charged",
        why="Each key is charged once, also if another one asks for the same, or differs in capitals only.",
    )
    no_two_alike(expect, [id_of(response) for response in responses], why=ID_AT_ONCE)


async def test_equal_orders_of_several_keys_are_kept_apart(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """Equal orders of three keys, mixed, are three orders: each key is charged once, and has its own answer."""
    charges = pays(upstream, takes=3)
    keys = [values.token() for _ in range(3)]
    waiting: dict[str, list[asyncio.Task[httpx.Response]]] = {key: [] for key in keys}
    for number in range(15):
        key = keys[number % 3]
        waiting[key].append(asyncio.create_task(ordered(client, key, 7, 1)))
        if number % 2:
            await clock.sleep(0.05)
    answers = {key: await asyncio.gather(*waiting[key]) for key in keys}

    expect.equal(
        sorted(str(key) for key, _ in charged(charges)),
        sorted(keys),
        "the keys that were charged",
        why="Several keys can be under way at once: remember for each that its work has begun.",
    )
    for responses in answers.values():
        for response in responses:
            expect.status(response, 201, why=WAIT_FOR_THE_FIRST)
            expect.json(response, json_of(responses[0]), why=ANSWER_AGAIN)
    no_two_alike(expect, [id_of(responses[0]) for responses in answers.values()], why=ID_AT_ONCE)
    await stock_is(client, 7, PIECES - 3, expect, why=TAKEN_ONCE)


async def test_no_more_is_sold_than_there_is(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """Of many orders at once, as many are carried out as there are pieces; the others get 409, and are not charged."""
    for item, quantity, sold in ((7, 1, 10), (3, 4, 2)):
        charges = pays(upstream, takes=lambda _: values.moment(at_most=2))
        earlier = charges.call_count
        keys = [values.token() for _ in range(15)]
        responses = await asyncio.gather(*(ordered(client, key, item, quantity) for key in keys))

        statuses = [response.status_code for response in responses]
        expect.equal(
            {status: statuses.count(status) for status in sorted(set(statuses))},
            {201: sold, 409: 15 - sold},
            f"the statuses of 15 orders of {quantity}, if there are {PIECES} pieces",
            why=OVERSOLD,
        )
        expect.equal(
            charges.call_count - earlier, sold, "charges", why="What gets 409 is not charged."
        )
        await stock_is(client, item, PIECES - sold * quantity, expect, why=OVERSOLD)
        late = await ordered(client, values.token(), item, quantity)
        expect.status(late, 409, why="There are fewer left than asked for.")
        expect.json(late, SOLD_OUT)
        again = await ordered(client, keys[statuses.index(201)], item, quantity)
        expect.status(
            again, 201, why="This order was carried out before: it gets its answer again."
        )


async def test_a_payment_that_fails_gives_everything_back(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """If the charge fails, the answer is 502, the pieces are back, and the key is free, also for another order."""
    for trouble, what in values.shuffled(TROUBLES):
        key = values.token()
        # So long that a connection which was kept has been closed.
        await clock.sleep(6)
        trouble(upstream)
        for _ in range(2):
            called = len(upstream.calls)
            failed = await ordered(client, key, 7, 4)
            expect.that(
                len(upstream.calls) - called <= 1,
                expected=f"one charge for an order, for which {what}",
                came=f"{len(upstream.calls) - called} charges",
                why="Nobody knows whether a charge that failed was carried out: it is for the caller to try again.",
            )
            expect.status(failed, 502, why=f"The charge failed, for {what}: answer 502.")
            expect.json(failed, {"detail": "Payment failed"}, why="The detail is public: no more.")
            await stock_is(
                client, 7, PIECES, expect, why=f"The charge failed, for {what}. {GIVE_BACK}"
            )
        upstream.accept(HOST)
        charges = pays(upstream)
        earlier = charges.call_count
        response = await ordered(client, key, 3, 1)

        expect.status(response, 201, why=KEY_IS_FREE)
        expect.equal(
            charges.call_count - earlier, 1, "charges of the try that succeeded", why=KEY_IS_FREE
        )
    await stock_is(client, 3, PIECES - len(TROUBLES), expect, why=TAKEN_ONCE)


async def test_a_failure_is_kept_for_nobody(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """If the first of equal orders fails, those who wait get 502 too or try themselves: one is charged, at most."""
    for failures in (1, 2):
        statuses = iter([500] * failures)
        paid: list[httpx.Request] = []

        def charge(
            request: httpx.Request, statuses: Any = statuses, paid: Any = paid
        ) -> httpx.Response:
            status = next(statuses, 201)
            if status == 201:
                paid.append(request)
            return httpx.Response(status)

        upstream.post(CHARGES, takes=0.5).mock(side_effect=charge)
        key, before = values.token(), await left_of(client, 7, expect)
        waiting = [asyncio.create_task(ordered(client, key, 7, 2)) for _ in range(6)]
        responses = list(await asyncio.gather(*waiting))
        # Until it succeeds.
        responses += [await ordered(client, key, 7, 2) for _ in range(3)]

        expect.equal(
            len(paid),
            1,
            "charges that succeeded for one key",
            why=ONE_TRIES_AGAIN if paid else KEY_IS_FREE,
        )
        for response in responses:
            if response.status_code != 502:
                expect.status(response, 201, why="A charge that fails is a 502, and no other.")
                expect.json(response, json_of(responses[-1]), why=ANSWER_AGAIN)
        expect.status(responses[-1], 201, why=KEY_IS_FREE)
        await stock_is(client, 7, before - 2, expect, why=GIVE_BACK)

    # The order comes again as soon as one of those who wait knows that it has failed, and then once more.
    upstream.post(CHARGES, takes=0.5).respond(500)
    key, before = values.token(), await left_of(client, 7, expect)
    waiting = [asyncio.create_task(ordered(client, key, 7, 2)) for _ in range(3)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    charges = pays(upstream, takes=1.0)
    earlier = charges.call_count
    again = [asyncio.create_task(ordered(client, key, 7, 2))]
    await clock.sleep(0.5)
    again.append(asyncio.create_task(ordered(client, key, 7, 2)))
    responses = list(await asyncio.gather(*waiting, *again))
    why = NEW_TRY if charges.call_count - earlier > 1 else CHARGED_AGAIN
    # Whoever waited may have tried himself, and failed, and so may who joined him.
    responses.append(await ordered(client, key, 7, 2))
    expect.status(responses[-1], 201, why=KEY_IS_FREE)
    expect.equal(charges.call_count - earlier, 1, "charges that succeeded for one key", why=why)
    for response in responses:
        if response.status_code != 502:
            expect.status(response, 201, why="A charge that fails is a 502, and no other.")
            expect.json(response, json_of(responses[-1]), why=ANSWER_AGAIN)
    await stock_is(client, 7, before - 2, expect, why=TAKEN_ONCE)


async def test_a_failure_costs_no_other_order_anything(
    client: Client, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """Beside orders whose charge fails, the others are carried out, and what failed can be sold again."""
    keys = [values.token() for _ in range(10)]
    # The last one too, and later than the others: whoever puts back the number that he noted before is found out.
    bad = {*values.sample(keys[:-1], 2), keys[-1]}

    def takes(request: httpx.Request) -> float:
        return 1.5 if request.headers.get(KEY) == keys[-1] else 1.0

    def charge(request: httpx.Request) -> httpx.Response:
        return httpx.Response(402 if request.headers.get(KEY) in bad else 201)

    upstream.post(CHARGES, takes=takes).mock(side_effect=charge)
    responses = await asyncio.gather(*(ordered(client, key, 7, 1) for key in keys))
    for key, response in zip(keys, responses, strict=True):
        why = "This charge failed." if key in bad else "It was another order whose charge failed."
        expect.status(response, 502 if key in bad else 201, why=why)
    nothing_came_back = await left_of(client, 7, expect) == 0
    await stock_is(client, 7, 3, expect, why=GIVE_BACK if nothing_came_back else PUT_BACK)

    pays(upstream)
    later = await asyncio.gather(*(ordered(client, key, 7, 1) for key in (*bad, values.token())))
    expect.equal(
        sorted(response.status_code for response in later),
        [201, 201, 201, 409],
        "the statuses of four orders, if three pieces were given back",
        why=GIVE_BACK,
    )
    ids = [id_of(each) for each in (*responses, *later) if each.status_code == 201]
    no_two_alike(expect, ids, why=NEVER_COUNTS_BACK)
    await stock_is(client, 7, 0, expect, why=OVERSOLD)


async def test_nothing_is_left_open(
    serve: Serve, upstream: Upstream, clock: Clock, values: Values, expect: Expect
) -> None:
    """After shutdown nothing is left open or running, also after failures, and the same app can start again."""
    lives: list[str] = []
    for troubles, why in (
        ((), "Open it with `async with`, or close it in `finally`."),
        (TROUBLES, "A charge had failed: close what was opened for it then too, in `finally`."),
    ):
        pays(upstream)
        async with serve(same_app=True) as client:
            key = values.token()
            response = await ordered(client, key, 7, 1)
            again = await ordered(client, key, 7, 1)
            await ordered(client, key, 7, 2)
            await ordered(client, values.token(), 7, 100)
            for begins, _ in troubles:
                begins(upstream)
                with expect.may_fail():
                    await ordered(client, values.token(), 7, 1)
                upstream.accept(HOST)
            pays(upstream)
            last = await ordered(client, values.token(), 8, 1)
            ids = [id_of(response), id_of(last)]
            if lives:
                # Whoever remembers the orders of the life before does not give their numbers away once more.
                called = len(upstream.calls)
                before = await ordered(client, lives[0], 7, 1)
                ids += [id_of(before)] if len(upstream.calls) == called else []
            lives.append(key)

        expect.status(response, 201, why="The same app was started once more.")
        no_two_alike(expect, ids, why=OWN_ID)
        expect.json(again, json_of(response), why=ANSWER_AGAIN)
        expect.status(last, 201, why="A charge had failed before this one.")
        expect.nothing_left(why=why)


ROWS = {
    404: "There are the items 1 to 9 and no others: look whether it is one of them.",
    409: "There are not so many pieces left: say so, and take none.",
    422: "A quantity is 1 or more: let the model say it.",
}
STILL_FREE = "Only a 201 uses a key up: the order that came with it before was refused."
NO_SUCH_ITEM = {"detail": "No such item"}
SOLD_OUT = {"detail": "Sold out"}
OWN_ID = "Each order has an id of its own."
ID_AT_ONCE = (
    "Orders that are under way at the same time got one id: count each when it takes its id, and not when "
    "it is done."
)
NEVER_COUNTS_BACK = (
    "Others had failed, and a count of what is kept goes back then: count all that ever came, as "
    "`itertools.count` does."
)
TAKEN_ONCE = "An order takes its pieces once, whether its answer is given once or again."
ANSWER_AGAIN = "Remember the answer of each key, and give this one again."
AFTER_OTHERS = "Many other orders came since: remember the answers of all keys, not of the latest."
AN_HOUR_LATER = "An hour went by: the answer of a key is remembered all the same."
CHARGED_AGAIN = "The key was charged before: an order that is known is not carried out again."
NEW_TRY = (
    "Two tries for the key were under way at once, each by itself. Whoever ends frees the key only if nobody else "
    "tries or waits for it by then, and frees only what he has put there himself."
)
KEY_IS_FREE = "Only a 201 uses a key up: after any other answer the key is as new."
PATIENCE = (
    "The one charge was good: it may take three seconds, and a time-out may not end it before."
)
WAIT_FOR_THE_FIRST = "The first is still under way: wait for it, and give its answer."
ANOTHER_ORDER = (
    "The key came before with another order: compare the two, also while the first is under way."
)
CHECK_AWAIT_ACT = (
    "Between looking whether the key is there and writing it down, an `await` let others look too: write first "
    "that the work has begun, and then await."
)
ONE_TRIES_AGAIN = (
    "Several of those who waited tried again together, and each was charged: whoever tries writes that down before it "
    "awaits, and takes out, after a failure, only what it has written itself."
)
OVERSOLD = (
    "Between looking at the stock and changing it, an `await` let others look too: take the pieces before you "
    "await the charge."
)
GIVE_BACK = "An order that fails gives back what it took, once."
PUT_BACK = (
    "Others were sold or given back while the charge was awaited: give back by adding to what is left by then, and do "
    "not write down again what was there before."
)


def troubled(status: int) -> Callable[[Upstream], object]:
    return lambda upstream: upstream.post(CHARGES).respond(status, json={"error": "no"})


TROUBLES: Sequence[tuple[Callable[[Upstream], object], str]] = (
    (troubled(500), "it was answered with 500"),
    (troubled(402), "it was answered with 402"),
    (troubled(503), "it was answered with 503"),
    (lambda upstream: upstream.refuse(HOST), "the connection was refused"),
    (lambda upstream: upstream.silent(CHARGES, method="POST"), "no answer came in time"),
    (lambda upstream: upstream.breaks(CHARGES, method="POST"), "the connection broke"),
    (lambda upstream: upstream.hangs_up(CHARGES, method="POST"), "the connection was closed"),
    (lambda upstream: upstream.garbles(CHARGES, method="POST"), "its answer cannot be decoded"),
)


def pays(upstream: Upstream, *, takes: float | Callable[[httpx.Request], float] = 0.0) -> Any:
    """Every charge is paid, from now on, each after so many seconds."""
    return upstream.post(CHARGES, takes=takes).respond(201, json={"paid": True})


def charged(charges: Any) -> list[tuple[str | None, Any]]:
    """The key and the body of each charge."""
    return [
        (call.request.headers.get(KEY), json.loads(call.request.content or b"null"))
        for call in charges.calls
    ]


async def ordered(client: Client, key: str, item: int, quantity: int) -> httpx.Response:
    return await client.post(
        "/orders", json={"item": item, "quantity": quantity}, headers={KEY: key}
    )


async def left_of(client: Client, item: int, expect: Expect) -> int:
    response = await client.get(f"/stock/{item}")
    expect.status(response, 200, why="Items 1 to 9 are there from the start.")
    left = json_of(response).get("left")
    return left if isinstance(left, int) else 0


async def stock_is(client: Client, item: int, left: int, expect: Expect, *, why: str) -> None:
    response = await client.get(f"/stock/{item}")
    expect.status(response, 200, why="Items 1 to 9 are there from the start.")
    expect.json(response, {"item": item, "left": left}, why=why)


def no_two_alike(expect: Expect, ids: Sequence[object], *, why: str) -> None:
    expect.that(
        len(set(ids)) == len(ids),
        expected=f"{len(ids)} orders have as many different ids",
        came=f"different ids: {len(set(ids))}",
        why=why,
    )


def json_of(response: Response) -> dict[str, Any]:
    return response.json() if response.text.startswith("{") else {}


def id_of(response: Response) -> object:
    """The id in the answer, or words that no answer equals."""
    number = json_of(response).get("id")
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    return number if is_whole else "a whole number"
