"""What a service is held to that tries again when its bank fails."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import httpx

from kata.spec.documents import Json
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

HOST = "bank.example"
RATES = f"https://{HOST}/rates"
PAYMENTS = f"https://{HOST}/payments"
KEY = "idempotency-key"

SECONDS = 3.0
WAITS = ((0.25, 0.75), (0.5, 1.5))
NTH = ("first", "second", "third")
FEW = 4
"""So many moments at least, for twenty that come back by chance. Who has no chance in it has one."""

GOOD = {"rate": 1.08}
BOOKED = {"id": 7, "state": "booked"}
PAYMENT = {"to": "ada", "amount": 12.5}
REFUSED = {"detail": "Refused"}
BUSY = {"detail": "Try again later"}

MULTIPLIED = (
    "Each layer that tries again multiplies what the one inside it does: three tries of three are nine, two of "
    "three are six. Let one place alone try again."
)
EACH_HAS_THREE = (
    "Three tries in all, and the first is one of them: each request has three of its own."
)
NOT_ASKED = "The bank was not asked at all: whatever came of earlier requests, each asks anew, and has three tries."
CONNECTS = "`retries=` of a transport is a layer too, which nobody sees: with each try it connects more than once."
IN_VAIN = "That will be no better the next time: only what may pass is tried again."
TWICE = (
    "Without a key the bank takes each call for another payment. So there is one try, whatever comes of it, also if "
    "nobody took the call: no loop of yours, and no transport that tries again."
)
INVENTED = "The caller sent no key, and an invented one makes nothing safe: one try, and no key, for such a payment."
OF_ANOTHER = (
    "Each try goes with the key of its own payment: what belongs to one request does not stand on what all "
    "share."
)
WITH_ITS_KEY = (
    "By this key the bank knows the second try for the first one: it goes along, as it came."
)
SAFE = (
    "With its key a payment may be sent again, though the first try may have been carried out: the bank knows the "
    "second one for the first."
)
SOME_PATIENCE = (
    "The wait begins when the first try has failed: who comes back at once finds the bank as it was.",
    "The second wait is longer than the first: what has not passed in a moment needs more than one.",
)
ONE_CHANCE = "Chance chooses each wait anew: who knows the first knows nothing of the second."
STAMPEDE = (
    "All that failed together come back together, and find the bank as they left it: let chance choose "
    "each wait."
)
PATIENCE = "The bank has said how long it needs: who comes earlier is turned away again."
USUAL = "`Retry-After: 0` asks for no wait of its own: the usual one before the second try is due."
NO_LONGER = "Nobody has to wait longer than that."
NOT_SHORTENED = "A wait that would end too late is not made shorter: answer at once."
HOPELESS = "The wait that it asks for would end after the three seconds: nobody gains from it, so answer now."
WHAT_IS_LEFT = (
    "The three seconds run from the request on: hold a wait against what is left of them."
)
A_SECOND = "A try has a second for its whole answer. A time-out of httpx, of one second or of five, is for each step."
THREE_SECONDS = "Waits and tries add up, and the caller has gone: one deadline for all of them ends the last one."
GOES_ON = (
    "The caller has its answer, and the call goes on: what you stop waiting for does not stop."
)
BEGINS = "The caller has its answer, and the bank is called once more: whatever tries again has ended by then."
NOT_TOLD = (
    "What the bank says to one request, it says to that one: keep it in a variable of the function."
)
THIRTY = "Thirty at once take as long as one: a pool, or a gate, with fewer places makes some of them wait."
ALONE = "Requests wait for their own tries only: no lock and no narrow pool may hold one back for another."


async def test_what_the_bank_says_comes_back(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the bank answers well, so does the route, with the bank's JSON, after one try."""
    rates = upstream.get(f"{RATES}/eur")
    payments = upstream.post(PAYMENTS)
    for number in range(3):
        rate: Json = GOOD if number == 0 else values.document()
        rates.respond(200, content=values.json_bytes(rate))
        response = await client.get("/rates/eur")
        expect.status(response, 200, why="The bank answered well.")
        expect.json(response, rate, why="The bank's JSON comes back unchanged.")

        payment = PAYMENT if number == 0 else {"to": values.name(), "amount": values.number(1, 99)}
        booked: Json = BOOKED if number == 0 else values.document()
        payments.respond(201, content=values.json_bytes(booked))
        response = await client.post("/payments", json=payment)
        expect.status(response, 201, why="The bank has booked the payment.")
        expect.json(response, booked, why="The bank's JSON comes back unchanged.")
        sent = httpx.Response(200, content=payments.calls.last.request.content).json()
        expect.equal(sent, payment, "the payment that the bank got", why="It is sent as it came.")
    expect.equal(
        (rates.call_count, payments.call_count), (3, 3), "the calls of rates and of payments"
    )
    expect.equal(
        set(upstream.called),
        {f"{RATES}/eur", PAYMENTS},
        "the addresses that were called",
        why="Those of the lesson, with nothing behind them.",
    )


async def test_a_failure_that_passes_is_not_noticed(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If a try fails in a way that may pass, another is made, and its answer comes back."""
    for failure, fails in MAY_PASS.items():
        for failures in (1, 2):
            asked = tries(upstream, clock, [fails] * failures)
            response = await client.get("/rates/eur")

            which = "The first try failed" if failures == 1 else "The first two tries failed"
            expect.status(response, 200, why=f"{which}: {failure}. The next one was good.")
            expect.json(response, GOOD)
            expect.equal(len(asked), failures + 1, f"tries, when {failure}", why=IN_VAIN)

    asked = tries(upstream, clock, [garbled])
    response = await client.get("/rates/eur")
    expect.status(
        response, 200, why="The bytes could not be decoded: httpx has a request error for it too."
    )
    expect.equal(len(asked), 2, "tries, when the bytes cannot be decoded")


async def test_there_are_three_tries_at_most(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If every try fails, there are three of them, and the answer is 503."""
    for failure, fails in values.shuffled(MAY_PASS.items()):
        asked = tries(upstream, clock, [fails] * 40)
        response = await client.get("/rates/eur")

        expect.equal(
            len(asked), 3, f"tries, when {failure}, each time", why=about_the_tries(len(asked))
        )
        expect.status(response, 503, why=about_a_failure(response))
        expect.json(response, BUSY, why="These words, and no others, are for the caller.")


async def test_a_refused_connection_is_a_try(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If the bank refuses to connect, that is a try too: it is asked three times at most."""
    upstream.refuse(HOST)
    response = await client.get("/rates/eur")

    expect.equal(len(upstream.dialled), 3, "connections that were asked for", why=CONNECTS)
    expect.status(response, 503, why=about_a_failure(response))
    expect.json(response, BUSY, why="These words, and no others, are for the caller.")


async def test_what_will_not_pass_is_tried_once(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Other statuses, and a body that is no JSON, are answered at once."""
    statuses = [404, 400, 401, 403, 409, 422, 499, 500, 501, 505]
    statuses += [values.status(range(400, 429)), values.status(range(505, 600))]
    statuses += [399, values.status(301, 302, 307, 308)]
    for status in statuses:
        asked = tries(upstream, clock, [answer(status)] * 40)
        response = await client.get("/rates/eur")

        refused = 400 <= status < 500
        expect.equal(len(asked), 1, f"tries, when the bank answers {status}", why=IN_VAIN)
        expect.status(
            response,
            status if refused else 503,
            why="Any status from 400 to 499 is a refusal, with a standard name or without, and told as it came."
            if refused
            else f"{status} is no refusal: the bank failed.",
        )
        expect.json(response, REFUSED if refused else BUSY)

    for status in (500, 408, 425):
        asked = tries(upstream, clock, [says_when(status, 1)] * 40)
        await client.get("/rates/eur")
        expect.equal(
            len(asked), 1, f"tries, when the bank answers {status} with Retry-After: 1", why=IN_VAIN
        )
    for status in (409, 404, 500):
        asked = tries(upstream, clock, [answer(status)], payments=True)
        response = await client.post("/payments", json=PAYMENT, headers={KEY: "a key"})
        which = f"tries of a payment with a key, when the bank answers {status}"
        expect.equal(len(asked), 1, which, why=IN_VAIN)
        expect.status(response, status if status < 500 else 503)
        response = await client.post("/payments", json=PAYMENT, headers={KEY: "a key"})
        expect.status(
            response, 201, why=f"With this key the bank had answered {status}, and now it books."
        )

    elsewhere = f"https://{HOST}/rates/elsewhere"
    upstream.get(elsewhere).respond(200, json=GOOD)
    for status in (301, 302, 303, 307, 308):
        tries(upstream, clock, [answer(status, location=elsewhere)] * 40)
        response = await client.get("/rates/eur")
        expect.status(
            response, 503, why=f"{status} with a `location` is no answer: follow it nowhere."
        )

    asked = tries(upstream, clock, [answer(503), answer(404)])
    response = await client.get("/rates/eur")
    expect.equal(len(asked), 2, "tries, when the bank answers 503 and then 404", why=IN_VAIN)
    expect.status(
        response, 404, why="What the bank answers at last is told, not what it said first."
    )
    expect.json(response, REFUSED)

    for body in (b"<h1>Back soon</h1>", values.bytes_no_json(), values.bytes_no_text()):
        asked = tries(upstream, clock, [page(body)] * 40)
        response = await client.get("/rates/eur")

        expect.equal(len(asked), 1, f"tries, when the bank answers 200 with {body!r}", why=IN_VAIN)
        expect.status(response, 503, why="A 200 that is no JSON is a failure of the bank.")
        expect.json(response, BUSY)


async def test_a_payment_without_a_key_is_sent_once(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Without an `Idempotency-Key` a payment has one try, whatever comes of it."""
    for failure, fails in values.shuffled(MAY_PASS.items()):
        asked = tries(upstream, clock, [fails] * 40, payments=True)
        response = await client.post("/payments", json=PAYMENT)

        why = INVENTED if any(KEY in each.request.headers for each in asked) else TWICE
        expect.equal(len(asked), 1, f"tries of a payment without a key, when {failure}", why=why)
        expect.status(response, 503, why="Nobody knows whether it was booked: it is a failure.")
        expect.json(response, BUSY)

    asked = tries(upstream, clock, [], payments=True, takes=[60.0] * 40)
    response = await client.post("/payments", json=PAYMENT)

    expect.equal(
        len(asked), 1, "tries of a payment without a key, while the bank was silent", why=TWICE
    )
    expect.status(response, 503, why="Nobody knows whether it was booked: it is a failure.")


async def test_a_payment_with_a_key_is_tried_again_with_it(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """With an `Idempotency-Key` a payment has three tries, and the key goes along with each as it came."""
    for number, (failure, fails) in enumerate(values.shuffled(MAY_PASS.items())):
        key = (
            values.token(),
            f"Order {values.number(1, 999)}/{values.token()}",
            f'"{values.token()}"',
        )[number % 3]
        payment = {"to": values.name(), "amount": values.number(1, 99)}
        asked = tries(upstream, clock, [fails] * 2, payments=True)
        response = await client.post("/payments", json=payment, headers={KEY: key})

        expect.equal(
            [each.request.headers.get(KEY) for each in asked[:1]],
            [key],
            f"the header {KEY} of the first try",
            why=WITH_ITS_KEY,
        )
        expect.equal(len(asked), 3, f"tries, when {failure}, twice", why="With a key it is safe.")
        for nth, each in zip(NTH, asked, strict=False):
            expect.equal(
                each.request.headers.get(KEY),
                key,
                f"the header {KEY} of the {nth} try",
                why=WITH_ITS_KEY,
            )
            sent = httpx.Response(200, content=each.request.content).json()
            expect.equal(sent, payment, f"the payment of the {nth} try")
        expect.status(response, 201, why="The third try was good.")
        expect.json(response, BOOKED)

    # Ten, for a wait more may end too late by chance.
    asked = tries(upstream, clock, [answer(503)] * 120, payments=True)
    keys = [values.token() for _ in range(10)]
    await asyncio.gather(
        *(client.post("/payments", json=PAYMENT, headers={KEY: key}) for key in keys)
    )
    expect.equal(
        len(asked), 30, "tries of ten payments with a key", why=about_the_tries(len(asked) / 10)
    )
    expect.equal(
        sorted(each.request.headers.get(KEY, "none") for each in asked),
        sorted(keys * 3),
        "the keys of ten payments at once, each of which is tried three times",
        why=OF_ANOTHER,
    )


async def test_waits_grow_within_their_bounds(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """The wait before the second try is from 0.25 to 0.75 s, that before the third from 0.5 to 1.5 s."""
    for failure, fails in values.shuffled(MAY_PASS.items()):
        spent = values.moment(0.375)
        asked = tries(upstream, clock, [fails] * 2, takes=[spent, spent, 0.0])
        await client.get("/rates/eur")
        expect.equal(len(asked), 3, f"tries, when {failure} twice", why=about_the_tries(len(asked)))

        for place, (low, high) in enumerate(WAITS):
            wait = asked[place + 1].at - asked[place].at - spent
            expect.that(
                low - expect.tolerance <= wait <= high + expect.tolerance,
                expected=f"{low:g} to {high:g} s between the {NTH[place]} and the {NTH[place + 1]} try",
                came=f"it was {wait:.3f} s, when {failure} after {spent:g} s",
                why=SOME_PATIENCE[place] if wait < low else NO_LONGER,
            )
    expect.not_blocked()


async def test_waits_are_chosen_by_chance(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream
) -> None:
    """Each wait is chosen by chance, anew for each request: those that failed together do not come back together."""
    for headers in ({}, {"retry-after": "1"}):
        asked = tries(upstream, clock, [answer(503, **headers)] * 80)
        await asyncio.gather(*(client.get("/rates/eur") for _ in range(20)))

        moments = [round(each.at * 500) for each in asked]
        said = ", which had said Retry-After: 1" if headers else ""
        for which, among in (("second", moments[20:40]), ("third", moments[40:60])):
            expect.that(
                len(set(among)) >= FEW,
                expected=f"the {which} tries of 20 requests at as many moments, after a 503{said}",
                came=f"the number of moments was {len(set(among))}",
                why=STAMPEDE
                if len(among) == 20
                else f"Of 60 tries {len(asked)} were made: each of the 20 requests has three, whatever has "
                "failed before.",
            )

    # One after the other: so each has both of its waits for itself.
    waits: list[tuple[float, float]] = []
    for _ in range(8):
        asked = tries(upstream, clock, [answer(503)] * 2)
        await client.get("/rates/eur")
        # Who does not wait at all, or has given up, has been found out above, or is further on.
        if len(asked) == 3 and asked[1].at > asked[0].at:
            waits.append((asked[1].at - asked[0].at, asked[2].at - asked[1].at))
    times = [second / first for first, second in waits]
    longer = [second - first for first, second in waits]
    for said, found in ((" times the first", times), (" s longer than the first", longer)):
        expect.that(
            len(found) < 2 or max(found) - min(found) > 0.02,
            expected="a second wait that nobody can tell from the first, in eight requests",
            came=f"it was {sum(found[:1]):.3g}{said}, each time",
            why=ONE_CHANCE,
        )


async def test_the_bank_says_how_long_to_wait(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream
) -> None:
    """`Retry-After: 2` makes the wait 2 to 2.5 s; one that ends after the three seconds is not begun."""
    for status in (503, 429, 502, 504):
        for after, low, high in ((2, 2.0, 2.5), (1, 1.0, 1.5), (0, 0.25, 0.75)):
            asked = tries(upstream, clock, [says_when(status, after)])
            response = await client.get("/rates/eur")

            heeded(expect, asked, 0, (low, high), f"{status} with Retry-After: {after}")
            expect.status(response, 200, why="The second try was good.")

        for after in (3, 60, 86400):
            asked = tries(upstream, clock, [says_when(status, after)] * 9)
            with expect.seconds(
                0, f"GET /rates/eur, when the bank says Retry-After: {after},", why=HOPELESS
            ):
                response = await client.get("/rates/eur")
            expect.equal(len(asked), 1, f"tries, after Retry-After: {after}", why=PATIENCE)
            expect.status(response, 503, why=about_a_failure(response))
            expect.json(response, BUSY)

    asked = tries(upstream, clock, [says_when(503, 2)], payments=True)
    await client.post("/payments", json=PAYMENT, headers={KEY: "a key"})
    heeded(expect, asked, 0, (2.0, 2.5), "503 with Retry-After: 2, for a payment with a key")

    # Several, for one wait can be within the bounds by chance.
    at_once = [
        tries(upstream, clock, [says_when(503, 0)], path=f"zero{number}") for number in range(12)
    ]
    await asyncio.gather(*(client.get(f"/rates/zero{number}") for number in range(len(at_once))))
    for asked in at_once:
        heeded(expect, asked, 0, WAITS[0], "503 with Retry-After: 0, which is like none")

    # Several, for the third wait may be so long by chance.
    twice = [
        tries(upstream, clock, [answer(503), says_when(503, 1)], path=f"n{number}")
        for number in range(8)
    ]
    await asyncio.gather(*(client.get(f"/rates/n{number}") for number in range(len(twice))))
    for asked in twice:
        heeded(expect, asked, 1, (1.0, 1.5), "a second failure, 503 with Retry-After: 1")


async def test_a_try_has_one_second(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """A try without a whole answer after one second has failed, and what is whole before counts."""
    slow = values.moment(0.875, at_least=0.75)
    asked = tries(upstream, clock, [], takes=[slow])
    with expect.seconds(slow, f"GET /rates/eur, when the bank takes {slow:g} s,", why=A_SECOND):
        response = await client.get("/rates/eur")
    expect.equal(len(asked), 1, f"tries, when the bank takes {slow:g} s", why="It was in time.")

    for what, takes, drip in (
        ("is silent", 60.0, None),
        ("takes 1.25 s", 1.25, None),
        ("sends its answer in pieces for 3 s", 0.0, (0.25, 13)),
    ):
        asked = tries(upstream, clock, [], takes=[takes, 0.0], drip=drip)
        response = await client.get("/rates/eur")
        between = asked[1].at - asked[0].at if len(asked) > 1 else 0.0
        expect.that(
            1.25 - expect.tolerance <= between <= 1.75 + expect.tolerance,
            expected=f"a second try 1.25 to 1.75 s after the first, in which the bank {what}",
            came=f"it came after {between:.3f} s" if between else "there was none",
            why=A_SECOND,
        )
        if drip is None:
            expect.status(response, 200, why="The second try was good.")

    asked = tries(upstream, clock, [], payments=True, takes=[60.0])
    response = await client.post("/payments", json=PAYMENT, headers={KEY: "a key"})
    which = "tries of a payment with a key, when the bank is silent to the first one"
    expect.equal(len(asked), 2, which, why=SAFE)
    expect.status(response, 201, why="The second try was good.")


async def test_the_answer_leaves_within_three_seconds(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """The answer leaves three seconds after the request at the latest, whatever the bank does."""
    for what, takes, drip in (
        ("is silent", 60.0, None),
        ("answers 503 after 0.875 s", 0.875, None),
        ("sends its answer in pieces", 0.0, (0.25, 60)),
    ):
        fails = [answer(503)] * 40 if takes < 1 and not drip else []
        asked = tries(upstream, clock, fails, takes=[takes] * 40, drip=drip)
        with expect.seconds(
            at_most=SECONDS, what=f"GET /rates/eur, when the bank {what},", why=THREE_SECONDS
        ):
            response = await expect.given_up_after(40, client.get("/rates/eur"))
        expect.status(response, 503, why=about_a_failure(response))
        expect.json(response, BUSY)
        expect.that(
            2 <= len(asked) <= 3,
            expected=f"two or three tries, when the bank {what}",
            came=f"there were {len(asked)}",
            why="There is time for more than one.",
        )
    # Several, for a wait may be so short by chance that the third try is in time.
    silent = [
        tries(upstream, clock, [], path=f"s{number}", takes=[60.0] * 3) for number in range(12)
    ]
    await asyncio.gather(*(client.get(f"/rates/s{number}") for number in range(len(silent))))
    for asked in silent:
        if len(asked) > 2:
            wait = asked[2].at - asked[1].at - 1
            expect.that(
                wait >= WAITS[1][0] - expect.tolerance,
                expected="0.5 to 1.5 s between the second and the third try, or no third one",
                came=f"it was {wait:.3f} s, when the bank was silent for a second each time",
                why=NOT_SHORTENED,
            )

    # The second try begins after more than two seconds, so it has less than one.
    late = tries(upstream, clock, [says_when(503, 2)], takes=[0.375, 60.0])
    with expect.seconds(
        at_most=SECONDS,
        what="GET /rates/eur, when the bank says Retry-After: 2 and is silent then,",
        why=THREE_SECONDS,
    ):
        response = await expect.given_up_after(40, client.get("/rates/eur"))
    expect.status(response, 503, why=about_a_failure(response))
    expect.equal(len(late), 2, "tries, when the bank says Retry-After: 2 after 0.375 s")

    upstream.unreachable(HOST)
    with expect.seconds(
        at_most=SECONDS, what="GET /rates/eur, when connecting does not end,", why=THREE_SECONDS
    ):
        response = await expect.given_up_after(40, client.get("/rates/eur"))
    expect.status(response, 503, why=about_a_failure(response))


async def test_a_wait_is_held_against_what_is_left(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream
) -> None:
    """If the next wait would end after the three seconds, the answer leaves at once, also after a slow try."""
    # One second of the three is gone, and a quarter at least.
    tries(upstream, clock, [answer(503), says_when(503, 2)], takes=[60.0])
    with expect.seconds(
        at_most=1.75,
        what="GET /rates/eur, when the bank is silent to the first try and says Retry-After: 2 to the second,",
        why=WHAT_IS_LEFT,
    ):
        response = await expect.given_up_after(40, client.get("/rates/eur"))
    expect.status(response, 503, why=about_a_failure(response))


async def test_no_try_goes_on_when_the_answer_has_left(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """When the answer has left, no call goes on, and none begins."""
    for what, fails, takes in (
        ("is silent", [], [60.0] * 40),
        ("answers 503", [answer(503)] * 40, [0.25] * 40),
        ("says Retry-After: 2 and is silent then", [says_when(503, 2)], [0.375, *[60.0] * 40]),
    ):
        asked = tries(upstream, clock, fails, takes=takes)
        await expect.given_up_after(40, client.get("/rates/eur"))
        await nothing_follows(asked, f"when the bank {what}", upstream, expect)

    for headers, whose in (({}, "without a key"), ({KEY: "a key"}, "with a key")):
        for what, fails, takes in (
            ("is silent", [], [60.0] * 40),
            ("answers 503", [answer(503)] * 40, []),
        ):
            asked = tries(upstream, clock, fails, payments=True, takes=takes)
            await expect.given_up_after(40, client.post("/payments", json=PAYMENT, headers=headers))
            said = f"when the bank {what} to a payment {whose}"
            await nothing_follows(asked, said, upstream, expect)


async def test_requests_wait_for_their_own_tries_only(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Requests at once, and at other moments, wait for their own tries only, each within its own three seconds."""
    for number in range(6):
        tries(upstream, clock, [], path=f"n{number}", takes=[0.5])
    tries(upstream, clock, [], path="silent", takes=[60.0] * 40)
    begins = [number / 8 for number in values.sample(range(20), 4)]

    async def asked(path: str, begin: float) -> tuple[httpx.Response, float]:
        await asyncio.sleep(begin)
        began = clock.now
        response = await expect.given_up_after(40, client.get(f"/rates/{path}"))
        return response, clock.now - began

    silent = [asked("silent", begin) for begin in begins]
    good = [asked(f"n{number}", values.moment(2.5)) for number in range(6)]
    answers = await asyncio.gather(*silent, *good)

    for response, took in answers[4:]:
        expect.status(response, 200, why=ALONE)
        expect.that(
            abs(took - 0.5) <= expect.tolerance,
            expected="an answer after 0.5 s, beside four requests that the bank is silent to",
            came=f"it came after {took:g} s",
            why=ALONE,
        )
    for response, took in answers[:4]:
        expect.that(
            2.25 - expect.tolerance <= took <= SECONDS + expect.tolerance,
            expected="an answer 2.25 to 3 s after each request that the bank is silent to",
            came=f"it came after {took:g} s",
            why="Each request has three seconds of its own.",
        )
        expect.status(response, 503, why=about_a_failure(response))

    expect.not_blocked()

    taking = values.moment(0.875, at_least=0.75)
    many = tries(upstream, clock, [], path="many", takes=[taking] * 30)
    with expect.seconds(
        taking, f"thirty requests at once, if the bank takes {taking:g} s", why=THIRTY
    ):
        responses = await asyncio.gather(*(client.get("/rates/many") for _ in range(30)))
    for response in responses:
        expect.status(response, 200, why=THIRTY)
    expect.equal(len(many), 30, "tries of thirty requests that went well", why=THIRTY)

    told = tries(upstream, clock, [says_when(503, 2)], path="told")
    tries(upstream, clock, [], path="beside")
    waiting = asyncio.create_task(client.get("/rates/told"))
    await clock.sleep(0.5)
    with expect.seconds(0, "GET /rates/beside, while another waits as it was told,", why=NOT_TOLD):
        expect.status(await client.get("/rates/beside"), 200, why=NOT_TOLD)
    expect.status(await waiting, 200, why="The second try was good.")
    heeded(expect, told, 0, (2.0, 2.5), "503 with Retry-After: 2")

    # Both fail in the same second, and the bank asks only the first of them to wait.
    for beside in (answer(503), broken(httpx.ReadError)):
        told = tries(upstream, clock, [says_when(503, 2)], path="told")
        other = tries(upstream, clock, [beside] * 2, path="other", takes=[0.125] * 3)
        await asyncio.gather(client.get("/rates/told"), client.get("/rates/other"))
        heeded(expect, told, 0, (2.0, 2.5), "503 with Retry-After: 2")
        expect.equal(len(other), 3, "tries of the request that was not told to wait", why=NOT_TOLD)
        for place, (low, high) in enumerate(WAITS):
            wait = other[place + 1].at - other[place].at - 0.125
            expect.that(
                low - expect.tolerance <= wait <= high + expect.tolerance,
                expected=f"{low:g} to {high:g} s between the {NTH[place]} and the {NTH[place + 1]} try",
                came=f"it was {wait:.3f} s, beside a request that was told to wait for 2 s",
                why=NOT_TOLD,
            )


async def test_after_any_number_of_failures_the_next_request_is_served(
    serve: Serve, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """After any number of failures the next request has its three tries again, and the answer of now."""
    async with serve() as client:
        for number, (failure, fails) in enumerate(values.shuffled(MAY_PASS.items())):
            tries(upstream, clock, [fails] * 400)
            with expect.may_fail():
                await asyncio.gather(*(client.get("/rates/eur") for _ in range(8)))
            now: Json = {"rate": number}
            tries(upstream, clock, [answer(503)] * 2, good=now)
            response = await client.get("/rates/eur")
            why = f"Before this, {failure}, 24 times: it left something behind."
            expect.status(response, 200, why=why)
            expect.json(response, now, why="That did not come now.")

            tries(upstream, clock, [fails] * 40)
            response = await client.get("/rates/eur")
            expect.status(response, 503, why=about_a_failure(response))

        await asyncio.sleep(values.moment(90, at_least=6))
        tries(upstream, clock, [])
        response = await client.get("/rates/eur")
        expect.status(response, 200, why="Nobody had asked for a while.")


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, clock: Clock, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left, whatever became of the tries."""
    async with serve() as client:
        for fails in MAY_PASS.values():
            tries(upstream, clock, [fails] * 40)
            with expect.may_fail():
                await client.get("/rates/eur")
        tries(upstream, clock, [], takes=[60.0] * 40)
        with expect.may_fail():
            await expect.given_up_after(40, client.get("/rates/eur"))
        tries(upstream, clock, [])
        await client.get("/rates/eur")
    expect.nothing_left(
        why="What is made for one try ends with it, what is made for all ends at shutdown."
    )


# What the bank does, one try after the other.


class Asked(NamedTuple):
    """One try as the bank saw it."""

    at: float
    request: httpx.Request


Outcome = Callable[[], httpx.Response | Exception]


def answer(status: int, **headers: str) -> Outcome:
    return lambda: httpx.Response(status, headers=headers, json={"error": "db-3.internal"})


def page(body: bytes) -> Outcome:
    return lambda: httpx.Response(200, content=body)


def garbled() -> httpx.Response:
    # A list, because httpx would decode (and refuse) plain bytes here.
    return httpx.Response(200, headers={"content-encoding": "gzip"}, content=[b"this is no gzip"])


def broken(kind: type[httpx.RequestError]) -> Outcome:
    return lambda: kind("10.1.2.3")


MAY_PASS: dict[str, Outcome] = {
    "the bank answered 503": answer(503),
    "the bank answered 429": answer(429),
    "the bank answered 502": answer(502),
    "the bank answered 504": answer(504),
    "nobody took the call": broken(httpx.ConnectError),
    "the connection broke": broken(httpx.ReadError),
    "the bank hung up": broken(httpx.RemoteProtocolError),
    "the bank answered 503 with a page": lambda: httpx.Response(503, html="<h1>Back soon</h1>"),
}


def tries(
    upstream: Upstream,
    clock: Clock,
    failures: list[Outcome],
    *,
    path: str = "eur",
    payments: bool = False,
    good: Json = None,
    takes: Sequence[float] = (),
    drip: tuple[float, int] | None = None,
) -> list[Asked]:
    """The tries that the bank sees from now on: these failures come first, then all is well.

    `takes` are the seconds of each try; when they are used up, the bank answers at once.
    """
    asked: list[Asked] = []
    seconds = iter(takes)

    def outcome(request: httpx.Request) -> httpx.Response:
        place = len(asked)
        asked.append(Asked(clock.now, request))
        if place >= len(failures):
            well: Json = (BOOKED if payments else GOOD) if good is None else good
            return httpx.Response(201 if payments else 200, json=well)
        made = failures[place]()
        if isinstance(made, Exception):
            raise made
        return made

    route = upstream.request(
        "POST" if payments else "GET",
        PAYMENTS if payments else f"{RATES}/{path}",
        takes=lambda _: next(seconds, 0.0),
        drip=drip,
    )
    route.mock(side_effect=outcome)
    return asked


def says_when(status: int, after: int) -> Outcome:
    return answer(status, **{"retry-after": str(after)})


def heeded(
    expect: Expect, asked: list[Asked], place: int, bounds: tuple[float, float], after: str
) -> None:
    """The wait behind the try at this place is within the bounds, and the next try is the last."""
    expect.equal(len(asked), place + 2, f"tries, after {after}")
    wait = asked[place + 1].at - asked[place].at
    low, high = bounds
    expect.that(
        low - expect.tolerance <= wait <= high + expect.tolerance,
        expected=f"a wait from {low:g} to {high:g} s, after {after}",
        came=f"it was {wait:.3f} s",
        why=USUAL if bounds == WAITS[0] else PATIENCE if wait < low else NO_LONGER,
    )


async def nothing_follows(
    asked: list[Asked], when: str, upstream: Upstream, expect: Expect
) -> None:
    """The answer has left: no call goes on, and none begins."""
    await asyncio.sleep(expect.tolerance)
    expect.equal(upstream.in_flight, 0, f"calls in flight, {when}", why=GOES_ON)
    before = len(asked)
    await asyncio.sleep(5)
    expect.equal(len(asked), before, f"tries, five seconds later, {when}", why=BEGINS)


def about_a_failure(response: httpx.Response) -> str:
    if response.status_code == 200:
        return "What was answered before is old: each try of this request has failed."
    return "All its tries have failed, and the caller may come again later."


def about_the_tries(tries_of_one: float) -> str:
    if not tries_of_one:
        return NOT_ASKED
    return MULTIPLIED if tries_of_one > 5 else EACH_HAS_THREE
