"""What a gateway before two services is held to, which has two seconds for both."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx

from kata.spec.documents import Json, whole_when_cut
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"
HOSTS = {"stock": "stock.example", "shipping": "shipping.example"}
SECONDS = 2.0
HEADER = "x-time-left-ms"
CUSTOMERS_HEADERS = (
    *("authorization", "cookie", "user-agent", "referer", "accept-language"),
    *("x-request-id", "x-correlation-id", "x-api-key", "traceparent"),
)

LONG_IDLE = 6.0
"""Seconds. httpx closes a connection that has been idle for five."""

UNKNOWN = {"detail": "No such item"}
BUSY = {"detail": "Try again later"}
BAD = {"detail": "Bad gateway"}
LATE = {"detail": "Deadline exceeded"}

EACH_STEP = (
    "httpx's time-outs are limits for each step, and begin anew with each piece of a body: put one "
    "deadline round the whole."
)
NOT_YET = "There was time left: until two seconds are over, the services may still answer."
BOTH = (
    "The two seconds are for both calls together: the second one has only what the first has left."
)
GOES_ON = (
    "The caller has the answer, and the call goes on: what you stop waiting for does not stop. Cancel it: "
    "`asyncio.timeout` does so, if the call is made in the task that has entered its block. "
    "In a thread it cannot be cancelled."
)
KEPT_FOR_LATER = 2
"""So many connections may wait for their next use: one to each service."""

STILL_TAKEN = (
    "A response that is neither read to its end nor closed keeps its connection, and in the end there is "
    "none for the next request: read or close it whatever its status."
)
OWN = "Each request has a deadline of its own, which begins when it comes."
THIRTY = "Thirty at once take as long as one: a pool with fewer places makes some of them wait."
TOGETHER = "The calls stood in a queue: no lock and no narrow pool may hold one back for another."
IN_TIME = "What comes before the two seconds are over counts, however little is left when it is asked for."
WORDS = 'HTTPException(status, detail="...") makes this body by itself. No other word may leave.'
NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


async def test_two_answers_make_one(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If both services answer well, the route answers 200 with the SKU, the warehouse and the price."""
    # The last one is a whole number that no float can hold.
    prices: list[Json] = [4.5, 0, values.number(1, 99), values.number(1, 9999) / 8, 0.0, 2**53 + 1]
    skus = ["a1", "a1", *(values.token() for _ in range(4))]
    for sku, price in zip(skus, prices, strict=True):
        warehouse = "w7" if sku == "a1" else values.token()
        calls = serve_quote(upstream, sku, warehouse, price)
        why = "Both services answered well, so does the route."
        if price == 0:
            why = f"{why} A price of 0 is one."
        elif price == prices[2]:
            why = f"{why} Both said `application/json; charset=utf-8`, as many services do."
            said = {"content-type": "application/json; charset=utf-8"}
            calls[0].respond(200, headers=said, json={"warehouse": warehouse})
            calls[1].respond(200, headers=said, json={"price": price})
        before = [route.call_count for route in calls]
        response = await client.get(f"/quotes/{sku}")

        expect.status(response, 200, why=why)
        expect.json(
            response,
            {"sku": sku, "warehouse": warehouse, "price": price},
            why="These three, as they came now, and nothing else."
            if price != prices[-1]
            else "The price leaves as it came: no float holds this one.",
        )
        expect.equal(
            [route.call_count - count for route, count in zip(calls, before, strict=True)],
            [1, 1],
            f"the calls of stock and of shipping for /quotes/{sku}",
            why="One call of each: what was answered before is old.",
        )


async def test_each_call_is_told_how_much_time_is_left(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Each call carries `x-time-left-ms`: how many milliseconds are left when it is made."""
    for takes in (0.75, 0.0, values.moment(0.875)):
        sku = values.token()
        calls = serve_quote(upstream, sku, "w7", 4.5, takes=(takes, 0))
        # What a caller says of his own time is not asked.
        response = await client.get(f"/quotes/{sku}", headers={HEADER: "300"})

        expect.status(
            response, 200, why=f"{IN_TIME} What the caller's own header says is for others."
        )
        for service, route, spent in zip(HOSTS, calls, (0.0, takes), strict=True):
            about_the_header(expect, route, spent, f"of {service}", takes)
        await asyncio.sleep(LONG_IDLE)

    calls = serve_quote(upstream, "a1", "w7", 4.5)
    upstream.get(f"{STOCK}/a1", pause=0.75).respond(200, json={"warehouse": "w7"})
    await client.get("/quotes/a1")
    about_the_header(expect, calls[1], 0.75, "of shipping, if the body of stock comes late,", 0.75)

    expect.not_blocked()


async def test_what_stock_does_not_know_is_404(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If stock answers 404, so does the route, with {"detail": "No such item"}, and shipping is not asked."""
    shipping = upstream.get(url__startswith=SHIPPING).respond(200, json={"price": 4.5})
    said: list[Json] = [{"warehouse": "w7"}, {"detail": "no row in db-3.internal"}, None]
    for sku, document in zip(("a1", values.token(), values.token()), said, strict=True):
        upstream.get(f"{STOCK}/{sku}").respond(404, json=document)
        response = await client.get(f"/quotes/{sku}")

        expect.status(
            response, 404, why="Stock does not know the item, and this the caller may know."
        )
        expect.json(response, UNKNOWN, why=WORDS)
    expect.equal(
        shipping.call_count, 0, "calls of shipping", why="Without a warehouse there is no rate."
    )


async def test_a_busy_service_is_503_and_says_when_to_come_back(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If a service answers 429 or 503, the route answers 503, with its `Retry-After`, or with `1`."""
    after = [None, "120", "Fri, 01 Jan 2027 08:00:00 GMT", str(values.number(2, 900)), "0"]
    for service in HOSTS:
        for status in (503, 429):
            for each in after:
                calls = serve_quote(upstream, "a1", "w7", 4.5)
                headers = {} if each is None else {"retry-after": each}
                route = of(service, calls)
                before = route.call_count
                route.respond(status, headers=headers, json={"warehouse": "w7", "price": 4.5})
                response = await client.get("/quotes/a1")

                which = f"That was {status} of {service}"
                expect.status(
                    response, 503, why=f"{which}: too busy, and the caller may come again."
                )
                calls_made = route.call_count - before
                expect.equal(
                    calls_made,
                    1,
                    f"calls of {service}",
                    why="It has asked for patience: each call is made once."
                    if calls_made
                    else "It was not asked: what was answered before is old.",
                )
                expect.json(response, BUSY, why=WORDS)
                sent = "no Retry-After" if each is None else f"Retry-After: {each}"
                expect.equal(
                    response.headers.get("retry-after"),
                    each or "1",
                    "the header Retry-After",
                    why=f"{which}, with {sent}. It leaves as it came, or as 1 if none came.",
                )


async def test_any_other_status_is_502(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If a service answers with another status from 300 to 599, the route answers 502."""
    elsewhere = upstream.get("https://elsewhere.example/").respond(
        200, json={"warehouse": "w7", "price": 4.5}
    )
    others = (range(305, 404), range(405, 429), range(430, 503), range(504, 600))
    for service in HOSTS:
        own = [404] if service == "shipping" else []
        drawn = [values.status(*others), values.status(*others)]
        for status in (500, 401, 403, 400, 302, 307, 409, 410, 422, 502, 504, 520, *own, *drawn):
            route = of(service, serve_quote(upstream, "a1", "w7", 4.5))
            before = route.call_count
            route.respond(
                status,
                headers={"location": "https://elsewhere.example/"} if status < 400 else {},
                json={"warehouse": "w7", "price": 4.5, "detail": "no"},
            )
            response = await client.get("/quotes/a1")

            expect.status(
                response,
                502,
                why=about_another_status(status, service, asked=route.call_count > before),
            )
            expect.json(response, BAD, why=WORDS)
            asked_once(expect, route, before, f"{service}, when it answered {status}")
    expect.equal(
        elsewhere.call_count,
        0,
        "calls of the address that a redirect named",
        why="Redirects are not followed: who says where to go decides what you answer.",
    )


async def test_an_answer_of_no_use_is_502(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If a service cannot be reached, breaks off, or sends what is of no use, the route answers 502."""
    for service in HOSTS:
        failures = values.shuffled(OF_NO_USE.items())
        # Connections that are kept alive need not be made: so this one comes before any good call of this service.
        for failure, fails in [("nobody took the call", refuses), *failures]:
            route = of(service, serve_quote(upstream, "a1", "w7", 4.5))
            before = route.call_count
            fails(upstream, service)
            response = await client.get("/quotes/a1")
            upstream.accept(HOSTS[service])

            why = f"{failure[0].upper()}{failure[1:]}, and it was {service}."
            told = (
                NO_END
                if failure in CUT_OFF and response.status_code == 200
                else about_no_use(response)
            )
            expect.status(response, 502, why=f"{why} {told}")
            expect.json(response, BAD, why=WORDS)
            if fails is not refuses:
                asked_once(expect, route, before, f"{service}, when {failure}")


async def test_a_body_without_what_it_should_have_is_502(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If a 200 is no JSON object with the key that it should have, the route answers 502."""
    for service in HOSTS:
        without: list[Json] = [
            {},
            [],
            None,
            "warehouse price",
            7,
            [{"warehouse": "w7"}, {"price": 4.5}],
            [{"warehouse": "w7", "price": 4.5}],
            {"Warehouse": "w7", "Price": 4.5},
            {"warehouse": "w7"} if service == "shipping" else {"price": 4.5},
            *values.documents(2),
        ]
        bodies = [values.json_bytes(document) for document in without]
        bodies += [b"<h1>Back soon</h1>", b"", values.bytes_no_json(), values.bytes_no_text()]
        bodies.append(b'{"warehouse": "w7", "price": 4.5, "note": "\xff"}')
        for body in bodies:
            calls = serve_quote(upstream, "a1", "w7", 4.5)
            of(service, calls).respond(
                200, headers={"content-type": "application/json"}, content=body
            )
            response = await client.get("/quotes/a1")

            why = (
                f"{service.capitalize()} answered 200 with {body[:60]!r}: that is of no use either."
            )
            expect.status(response, 502, why=why)
            expect.json(response, BAD, why=WORDS)


async def test_silence_is_504_when_two_seconds_are_over(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """If a service is silent or cannot be connected to, 504 comes two seconds after the request."""
    for service in HOSTS:
        for failure, fails in SILENCES.items():
            serve_quote(upstream, "a1", "w7", 4.5)
            fails(upstream, service)
            with expect.seconds(
                SECONDS,
                f"GET /quotes/a1, where {service} {failure},",
                why="Two seconds after the request has come, its caller has an answer.",
                too_soon="An answer can still come: the two seconds are not over.",
            ):
                response = await expect.given_up_after(9, client.get("/quotes/a1"))
            upstream.accept(HOSTS[service])

            expect.status(response, 504, why=about_lateness(response))
            expect.json(response, LATE, why=WORDS)
    expect.not_blocked()


async def test_two_slow_calls_share_the_two_seconds(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """The two seconds are for both calls: what the first one leaves is all that the second one has."""
    spent = values.moment(1.75, at_least=0.5)
    for stock, shipping in ((1.25, 0.5), (0.125, 1.625), (1.75, 0.0), (spent, 1.75 - spent)):
        serve_quote(upstream, "a1", "w7", 4.5, takes=(stock, shipping))
        with expect.seconds(
            stock + shipping,
            f"GET /quotes/a1, if stock takes {stock:g} s and shipping {shipping:g} s,",
            why="The answer leaves as soon as both are there.",
        ):
            response = await client.get("/quotes/a1")
        expect.status(response, 200, why=IN_TIME)

    for stock, shipping in ((1.25, 1.25), (1.75, 1.75), (0.25, 2.25), (2.25, 0.0)):
        serve_quote(upstream, "a1", "w7", 4.5, takes=(stock, shipping))
        with expect.seconds(
            SECONDS,
            f"GET /quotes/a1, if stock takes {stock:g} s and shipping would take {shipping:g} s,",
            why=BOTH,
            too_soon=NOT_YET,
        ):
            response = await client.get("/quotes/a1")
        expect.status(response, 504, why=about_lateness(response))
        expect.json(response, LATE, why=WORDS)

    upstream.slow_to_connect(HOSTS["shipping"], seconds=0.75)
    serve_quote(upstream, "a1", "w7", 4.5, takes=(0.75, 0.75))
    with expect.seconds(
        at_most=SECONDS, what="GET /quotes/a1, if shipping is slow to connect too,", why=EACH_STEP
    ):
        await client.get("/quotes/a1")


async def test_a_body_that_drips_ends_at_the_deadline(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """A body that comes piece by piece has the two seconds too, and counts if it is whole before."""
    for service, url in (("stock", f"{STOCK}/a1"), ("shipping", f"{SHIPPING}/w7")):
        document = {"warehouse": "w7", "price": 4.5}
        serve_quote(upstream, "a1", "w7", 4.5, takes=(0.25, 0.25))
        for drip in ((0.125, 40), (0.875, 4), (60.0, 2)):
            upstream.get(url, drip=drip).respond(200, json=document)
            with expect.seconds(
                SECONDS,
                f"GET /quotes/a1, if the body of {service} comes in {drip[1]} pieces, "
                f"{drip[0]:g} s apart,",
                why=EACH_STEP,
                too_soon=NOT_YET,
            ):
                response = await expect.given_up_after(9, client.get("/quotes/a1"))
            expect.status(response, 504, why=about_lateness(response))
            expect.json(response, LATE, why=WORDS)

        upstream.get(url, drip=(0.375, 5)).respond(200, json=document)
        response = await client.get("/quotes/a1")
        expect.status(response, 200, why=f"The body of {service} came in five pieces. {IN_TIME}")


async def test_no_call_goes_on_when_the_504_has_left(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """When the 504 has left, none of its calls goes on, and none begins."""
    for stock, shipping in ((2.5, 0.0), (0.5, 30.0)):
        _, asked = serve_quote(upstream, "a1", "w7", 4.5, takes=(stock, shipping))
        response = await expect.given_up_after(9, client.get("/quotes/a1"))
        await asyncio.sleep(expect.tolerance)

        expect.status(response, 504, why=about_lateness(response))
        expect.equal(upstream.in_flight, 0, "calls in flight after the 504", why=GOES_ON)
        before = asked.call_count
        await asyncio.sleep(3)
        expect.equal(
            asked.call_count, before, "calls of shipping, three seconds later", why=GOES_ON
        )

    upstream.get(f"{STOCK}/a1", drip=(0.5, 20)).respond(200, json={"warehouse": "w7"})
    await expect.given_up_after(9, client.get("/quotes/a1"))
    await asyncio.sleep(expect.tolerance)
    expect.equal(upstream.in_flight, 0, "calls in flight after the 504", why=GOES_ON)


async def test_requests_at_once_wait_together(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Requests at once wait together, for answers and for the deadline."""
    skus = [values.token() for _ in range(6)]
    for sku in skus:
        serve_quote(upstream, sku, sku[::-1], 4.5, takes=(0.5, 0.75))
    with expect.seconds(1.25, "six GET /quotes at once", why=TOGETHER):
        responses = await asyncio.gather(*(client.get(f"/quotes/{sku}") for sku in skus))
    for sku, response in zip(skus, responses, strict=True):
        expect.status(response, 200, why=TOGETHER)
        expect.json(response, {"sku": sku, "warehouse": sku[::-1], "price": 4.5})

    routes = serve_quote(upstream, skus[0], "w7", 0.5, takes=(0.5, 0.75))
    before = [route.call_count for route in routes]
    with expect.seconds(1.25, "six GET /quotes of one SKU at once", why=TOGETHER):
        responses = await asyncio.gather(*(client.get(f"/quotes/{skus[0]}") for _ in range(6)))
    for response in responses:
        expect.status(response, 200, why=TOGETHER)
    expect.equal(
        [route.call_count - count for route, count in zip(routes, before, strict=True)],
        [6, 6],
        "the calls of stock and of shipping for six requests at once",
        why="Each request makes its own calls, also when another is under way for the same SKU.",
    )

    upstream.silent(f"{STOCK}/{skus[0]}")
    with expect.seconds(SECONDS, "six GET /quotes at once, where stock is silent,", why=TOGETHER):
        responses = await asyncio.gather(
            *(expect.given_up_after(13, client.get(f"/quotes/{skus[0]}")) for _ in range(6))
        )
    for response in responses:
        expect.status(response, 504, why=about_lateness(response))
    expect.not_blocked()

    serve_quote(upstream, "many", "w7", 4.5, takes=(0.5, 0.75))
    with expect.seconds(1.25, "thirty GET /quotes at once", why=THIRTY):
        responses = await asyncio.gather(*(client.get("/quotes/many") for _ in range(30)))
    for response in responses:
        expect.status(response, 200, why=THIRTY)


async def test_each_request_has_a_deadline_of_its_own(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Requests that begin at other moments have their own two seconds each, and their own answers."""
    begins = sorted(number / 8 for number in values.sample(range(1, 15), 6))
    begins = [0.0, *begins]
    first, last = values.moment(1.0), values.moment(0.75)
    plans = [(1.25, 2.0), *values.shuffled(((first, last), (2.5, 0), (0.25, 4.0), (1.5, 0.25)))]
    plans += [(first, 0.5), (last, 9.0)]
    skus = [f"{number}{values.token()}" for number in range(7)]
    routes = [
        serve_quote(upstream, sku, f"w{sku}", number, takes=plans[number])
        for number, sku in enumerate(skus)
    ]
    began = clock.now

    async def quoted(number: int) -> tuple[httpx.Response, float]:
        await asyncio.sleep(begins[number])
        response = await client.get(f"/quotes/{skus[number]}")
        return response, clock.now - began

    answers = await asyncio.gather(*(quoted(number) for number in range(7)))

    for number, (response, ended) in enumerate(answers):
        which = f"the {NTH[number]} of seven requests, which began at {begins[number]:g} s"
        took = sum(plans[number])
        expect.status(response, 200 if took < SECONDS else 504, why=f"That was {which}. {OWN}")
        expect.that(
            abs(ended - begins[number] - min(took, SECONDS)) <= expect.tolerance,
            expected=f"an answer at {begins[number] + min(took, SECONDS):g} s for {which}",
            came=f"it was answered at {ended:g} s",
            why=OWN,
        )
        body: Json = {"sku": skus[number], "warehouse": f"w{skus[number]}", "price": number}
        expect.json(response, body if took < SECONDS else LATE, why=f"That was {which}.")
        stock, shipping = routes[number]
        about_the_header(expect, stock, 0.0, f"for {which},", plans[number][0])
        if plans[number][0] < SECONDS:
            about_the_header(expect, shipping, plans[number][0], f"for {which},", plans[number][0])


async def test_after_any_number_of_failures_the_next_request_is_served(
    serve: Serve, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """After any number of failures, the next request is served as ever, with what comes now."""
    before = "Both services answered well."
    both = [(failure, service) for failure in FAILURES for service in HOSTS]
    async with serve() as client:
        for failure, service in values.shuffled(both):
            warehouse, price = values.token(), values.number(1, 999) / 4
            serve_quote(upstream, "a1", warehouse, price)
            with expect.an_end(if_stuck=before):
                response = await client.get("/quotes/a1")
            expect.status(response, 200, why=before)
            expect.json(
                response,
                {"sku": "a1", "warehouse": warehouse, "price": price},
                why=f"That did not come now. {before}",
            )

            serve_quote(upstream, "a1", "w7", 4.5)
            FAILURES[failure](upstream, service)
            response = await expect.given_up_after(9, client.get("/quotes/a1"))
            upstream.accept(HOSTS[service])
            said = f"It was so when {failure}, and it was {service}."
            expect.status(
                response,
                404
                if failure == UNKNOWN_TO_IT and service == "stock"
                else STATUS_OF.get(failure, 502),
                why=f"{said} What was answered before is old.",
            )
            before = f"Before this, {failure}, and it was {service}: that left something behind."

        for service in HOSTS:
            for status in (404, 429, 503, 302, 401):
                serve_quote(upstream, "a1", "w7", 4.5)
                upstream.get(url_of(service)).respond(status, text="no")
                before_these = upstream.open_connections
                for _ in range(5):
                    await client.get("/quotes/a1")
                opened = upstream.open_connections - before_these
                expect.that(
                    opened <= KEPT_FOR_LATER,
                    expected=f"after five answers of {status} by {service}, in turn, "
                    f"at most {KEPT_FOR_LATER} connections more are open than before",
                    came=f"{opened} more",
                    why=STILL_TAKEN,
                )
        for service in HOSTS:
            serve_quote(upstream, "a1", "w7", 4.5)
            upstream.get(url_of(service)).respond(500, text="down")
            with expect.may_fail():
                await asyncio.gather(*(client.get("/quotes/a1") for _ in range(52)))
            serve_quote(upstream, "a1", "w7", 4.5)
            response = await expect.given_up_after(9, client.get("/quotes/a1"))
            expect.status(
                response,
                200,
                why=f"{service.capitalize()} had answered 52 requests with 500, and now it answers well.",
            )

        await asyncio.sleep(LONG_IDLE)
        serve_quote(upstream, "a1", "w7", 4.5)
        response = await client.get("/quotes/a1")
        expect.status(response, 200, why=f"{before} Nobody had asked for a while.")


async def test_no_header_of_a_service_is_copied(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """But for `Retry-After`, no header is copied: none of a service, and none of the customer."""
    token, customers = values.token(), values.token()
    headers = {
        "content-type": f"application/json; v={token}",
        "x-served-by": token,
        "set-cookie": f"session={token}",
        "www-authenticate": f"Bearer {token}",
    }
    for status, service in ((200, "stock"), (404, "stock"), (503, "shipping"), (401, "shipping")):
        calls = serve_quote(upstream, "a1", "w7", 4.5)
        of(service, calls).respond(status, headers=headers, json={"warehouse": "w7", "price": 4.5})
        response = await client.get(
            "/quotes/a1",
            headers=dict.fromkeys(CUSTOMERS_HEADERS, f"x={customers}"),
        )

        passed_on = [
            name
            for route in calls
            if route.call_count
            for name, value in route.calls.last.request.headers.multi_items()
            if customers in value
        ]
        expect.equal(
            passed_on,
            [],
            "the headers of the customer in the calls",
            why="No header of the customer goes along, whatever it is for: they are for you.",
        )
        copied = [name for name, value in response.headers.multi_items() if token in value]
        expect.equal(
            copied,
            [],
            f"the headers of {service} in the answer, when it answered {status}",
            why="They speak of another host, and perhaps of its keys: FastAPI writes the right ones.",
        )


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left, whatever became of the requests."""
    async with serve() as client:
        serve_quote(upstream, "a1", "w7", 4.5)
        await client.get("/quotes/a1")
    expect.nothing_left(
        why="What is made for one request ends with it, what is made for all ends at shutdown."
    )

    opened_for = [""] * upstream.connections
    async with serve() as client:
        for failure, fails in FAILURES.items():
            for service in HOSTS:
                serve_quote(upstream, "a1", "w7", 4.5)
                fails(upstream, service)
                with expect.may_fail():
                    await expect.given_up_after(9, client.get("/quotes/a1"))
                said = f"{failure}, and it was {service}"
                opened_for += [said] * (upstream.connections - len(opened_for))
    log = upstream.connection_log
    left = [said for said, each in zip(opened_for, log, strict=False) if not each["closed"]]
    expect.nothing_left(
        why=(f"It was so when {left[0]}. " if left else "")
        + "Perhaps only a failure left it there: what must run after one too stands in `finally`, "
        "or is done by `async with`."
    )


# What the two services answer, and what can become of a call.

Fails = Callable[[Upstream, str], object]


def serve_quote(
    upstream: Upstream,
    sku: str,
    warehouse: str,
    price: Any,
    *,
    takes: tuple[float, float] = (0.0, 0.0),
) -> list[Any]:
    """The routes of stock and of shipping for this SKU. Set again, they replace the ones before."""
    urls = (f"{STOCK}/{sku}", f"{SHIPPING}/{warehouse}")
    said: tuple[Json, Json] = ({"warehouse": warehouse}, {"price": price})
    return [
        upstream.get(url, takes=seconds).respond(200, json=document)
        for url, seconds, document in zip(urls, takes, said, strict=True)
    ]


def of(service: str, routes: list[Any]) -> Any:
    return routes[list(HOSTS).index(service)]


def url_of(service: str) -> str:
    return f"{STOCK}/a1" if service == "stock" else f"{SHIPPING}/w7"


def raises(kind: type[httpx.RequestError]) -> Fails:
    return lambda upstream, service: upstream.get(url_of(service)).mock(
        side_effect=kind("10.1.2.3 db-3.internal")
    )


def answers(status: int, **said: Any) -> Fails:
    return lambda upstream, service: upstream.get(url_of(service)).respond(status, **said)


def refuses(upstream: Upstream, service: str) -> object:
    return upstream.refuse(HOSTS[service])


OF_NO_USE: dict[str, Fails] = {
    "the answer broke off": lambda upstream, service: upstream.breaks(url_of(service)).respond(
        200, content=whole_when_cut({"warehouse": "w7", "price": 4.5})
    ),
    "the service hung up": lambda upstream, service: upstream.hangs_up(url_of(service)).respond(
        200, content=whole_when_cut({"warehouse": "w7", "price": 4.5})
    ),
    "the bytes could not be decoded": lambda upstream, service: upstream.garbles(url_of(service)),
    **{
        f"the call ended in httpx.{kind.__name__}": raises(kind)
        for kind in (
            httpx.ConnectError,
            httpx.ReadError,
            httpx.WriteError,
            httpx.RemoteProtocolError,
            httpx.LocalProtocolError,
            httpx.ProxyError,
            httpx.UnsupportedProtocol,
        )
    },
}

SILENCES: dict[str, Fails] = {
    "cannot be connected to": lambda upstream, service: upstream.unreachable(HOSTS[service]),
    "is silent": lambda upstream, service: upstream.silent(url_of(service)),
    "sends the head of its answer and no body": lambda upstream, service: upstream.get(
        url_of(service), pause=60
    ).respond(200, json={"warehouse": "w7", "price": 4.5}),
}

FAILURES: dict[str, Fails] = {
    "a service answered 503": answers(503, text="down"),
    "a service answered 500": answers(500, text="down"),
    "a service answered 401": answers(401, json={"error": "no such key"}),
    "a service answered 404": answers(404, json={"error": "none"}),
    "a service answered 429": answers(429, json={"error": "patience"}),
    "a page came with status 200": answers(200, html="<h1>Back soon</h1>"),
    "an empty object came": answers(200, json={}),
    "a service was silent": SILENCES["is silent"],
    "a body dripped": lambda upstream, service: upstream.get(
        url_of(service), drip=(0.25, 40)
    ).respond(200, json={"warehouse": "w7", "price": 4.5}),
    "nobody took the call": raises(httpx.ConnectError),
    "the answer broke off": OF_NO_USE["the answer broke off"],
    "the bytes could not be decoded": OF_NO_USE["the bytes could not be decoded"],
}

CUT_OFF = ("the answer broke off", "the service hung up")
NO_END = "What has not come to its end has failed, also if it can be read as JSON by then."

UNKNOWN_TO_IT = "a service answered 404"

STATUS_OF = {
    "a service answered 503": 503,
    "a service answered 429": 503,
    "a service was silent": 504,
    "a body dripped": 504,
}


def about_the_header(expect: Expect, route: Any, spent: float, which: str, takes: float) -> None:
    """The header of the last call says what is left after so many seconds of the request."""
    expect.that(route.call_count, expected=f"a call {which}", came="there was none")
    said = str(route.calls.last.request.headers.get(HEADER, ""))
    left = round((SECONDS - spent) * 1000)
    after = f", since stock took {takes:g} s" if spent else ""
    expect.that(
        re.fullmatch(r"-?[0-9]{1,18}", said),
        expected=f"a whole number of milliseconds in {HEADER} of each call",
        came=f"it was {said!r} in the call {which}" if said else f"the call {which} had none",
        why="The services read a whole number of milliseconds there, without decimals and without a unit."
        if said
        else "Each of the two calls carries it, also the first.",
    )
    expect.that(
        abs(int(said) - left) <= expect.tolerance * 1000,
        expected=f"about {left} in {HEADER} of the call {which.rstrip(',')}{after}",
        came=said,
        why="It is what is left of the two seconds of this request when the call is made: what has passed is gone.",
    )


def asked_once(expect: Expect, route: Any, before: int, which: str) -> None:
    """Since there were `before` calls, one more has come."""
    expect.equal(
        route.call_count - before,
        1,
        f"calls of {which}",
        why="Each request makes each call once, whatever comes of it and whoever asks beside it.",
    )


def about_another_status(status: int, service: str, *, asked: bool) -> str:
    if not asked:
        return f"{service} was not asked: whatever came before, each request asks for itself.".capitalize()
    said = f"That was {status} of {service}."
    if status < 400:
        return f"{said} httpx does not follow a redirect by itself, and its body is no answer."
    if status in (401, 403):
        return (
            f"{said} It is about your key, not your caller's: to your caller it is a bad gateway."
        )
    if status == 404:
        return f"{said} Stock has just named this warehouse: it is not your caller who was wrong."
    return f"{said} Only a few statuses are for your caller: make a list of those, and 502 of all others."


def about_no_use(response: httpx.Response) -> str:
    if response.status_code == 200:
        return "What was answered before is old: this call has failed."
    if response.status_code == 504:
        return "Time was not up: 504 is for what did not come in time."
    return "The fault is the service's, and 502 says so."


def about_lateness(response: httpx.Response) -> str:
    if response.status_code == 200:
        return BOTH
    if response.status_code == 502:
        return (
            "Time was up, and a clause for other failures caught that. TimeoutError is an OSError and an "
            "Exception, and inside the block it is still a CancelledError."
        )
    return "When the two seconds are over, the answer is 504."
