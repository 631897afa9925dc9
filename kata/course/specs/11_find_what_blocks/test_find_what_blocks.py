"""What the parcel service is held to: it works, nobody stands still for another, and `/lag` tells who did."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

import httpx

from kata.spec.documents import Json
from kata.spec.types import Client, Clock, Expect, Given, Serve, Upstream, Values

TRACKING = "https://tracking.example/parcels"
KEY = {"x-api-key": "milk-and-honey"}
AS_JSON = {"content-type": "application/json"}
WRONG_KEY = {"detail": "Wrong key"}
NO_SUCH_PARCEL = {"detail": "No such parcel"}
DOWN = {"detail": "Tracking is down"}

MARGIN = 0.005
"""Seconds. What is a tenth of a second late is so within the last digits."""

NTH = ("first", "second", "third", "fourth", "fifth")

IDLE = 12
"""Seconds without a request: more than those after which anyio ends its threads, and connections are closed."""

MOST_IN_STOCK = 100
"""Where several processes make labels, each has its own stock."""

MORE_THAN_IN_STOCK = 11
"""The carrier's library buys ten numbers at a time: of so many labels in a row, one has to wait."""

STATUS = "The contract has not changed: with the right key the status is 200."
PING = "A ping waits for nothing, whoever else waits."
QUEUE = (
    "They stood in a queue: no lock, no narrow pool and no blocking call may stand between them."
)
WRONG_KEY_LATE = (
    "A wrong key is answered a second after it came, whoever else waits, and nothing is done for it: that second "
    "is asked for, so keep it."
)
REFUSED = "Any other key than the right one is refused, and so is none."
WRONG_KEY_SOON = (
    "It came too soon: the second before the answer is asked for. It keeps people from trying keys."
)
LOOK_FIRST = "Whoever has no key gets nothing done: look at the key first."
LABEL_LATE = "A label takes as long as make_label takes: at most 1.5 s."
ERROR_STATUS = (
    "A 404 is a 404. Any other status from 400 to 599 is a 502, with a standard name or without."
)
GIVEN_UP = 408
ASKED_NOW = "Each request asks the tracking service once, and passes on what came now."
LAG_BODY = '`/lag` answers {"seconds": …} with a number.'
TOO_SOON = "It ended too soon: each waits its whole time, also beside others."
WATCH = (
    "Nothing here saw this stall, and when a request comes, it is over. Something must look at the clock "
    "all the time, at least ten times a second, from the startup on, and keep what it saw."
)
WATCH_CLOSELY = (
    "The stall was seen, and told wrongly: look at the clock at least ten times a second, and tell by how "
    "much the worst look came late."
)


async def test_the_service_works(
    client: Client, expect: Expect, upstream: Upstream, given: Given
) -> None:
    """Each route answers: the ping, a parcel, a label and the lag."""
    upstream.get(f"{TRACKING}/7").respond(json={"at": "Lyon"})

    ping = await client.get("/ping")
    expect.status(ping, 200, why="A ping needs no key, and is answered with 200.")
    expect.json(ping, {"ping": "pong"}, why="A ping has one answer.")

    parcel = await client.get("/parcels/7", headers=KEY)
    expect.status(parcel, 200, why=STATUS)
    expect.json(parcel, {"at": "Lyon"}, why="Pass on what the tracking service says, unchanged.")

    label = await client.post("/parcels/7/label", headers=KEY)
    expect.status(label, 200, why=STATUS)
    expect_label(label, "7", expect, given)

    await lag_of(client, expect)


async def test_a_wrong_key_is_refused_after_a_second(
    client: Client, expect: Expect, clock: Clock, upstream: Upstream, values: Values
) -> None:
    """A wrong key, or none, is answered with 401 after one second, and nothing else happens."""
    tracking = upstream.get(f"{TRACKING}/7").respond(json={"at": "Lyon"})
    refused: list[dict[str, str]] = [
        {"x-api-key": "tea-and-honey"},
        {"x-api-key": "milk"},
        {},
        {"x-api-key": ""},
        {"x-api-key": "Milk-And-Honey"},
        {"x-api-key": values.token()},
    ]
    for headers in refused:
        what = f"the key {headers['x-api-key']!r}" if headers else "no key"
        for ask in (client.get, client.post):
            path = "/parcels/7" if ask == client.get else "/parcels/7/label"
            await refused_after_a_second(
                lambda ask=ask, path=path, headers=headers: ask(path, headers=headers),
                f"{path} with {what}",
                expect,
            )

    with expect.seconds(0, "GET /parcels/7 with the right key, afterwards,", why=AFTER_A_WRONG_KEY):
        response = await client.get("/parcels/7", headers=KEY)
    expect.status(response, 200, why=AFTER_A_WRONG_KEY)
    await clock.sleep(IDLE)
    await refused_after_a_second(
        lambda: client.get("/parcels/7", headers={"x-api-key": "7"}),
        "/parcels/7 with another wrong key, after 12 idle seconds",
        expect,
    )

    expect.equal(
        tracking.call_count,
        1,
        "the calls to the tracking service, of which one request had the right key",
        why=LOOK_FIRST,
    )
    took = 0.0
    # Who makes labels in several processes has a stock in each, so one try may come to an empty one.
    for _ in range(8):
        await (await label_in_the_making(client))  # ten numbers are bought, and one of them is gone
        await asyncio.gather(*(client.post("/parcels/7/label") for _ in range(9)))
        began = clock.now
        await client.post("/parcels/7/label", headers=KEY)
        if (took := clock.now - began) <= expect.tolerance:
            break
    expect.that(
        took <= expect.tolerance,
        expected="nine numbers for labels are left after nine wrong keys: the next label is made at once",
        came=f"it took {took:g} s, for none was left",
        why=LOOK_FIRST,
    )


async def test_nobody_waits_because_of_a_wrong_key(
    client: Client, expect: Expect, upstream: Upstream
) -> None:
    """While wrong keys wait for their answer, nobody else does."""
    upstream.get(f"{TRACKING}/7").respond(json={"at": "Lyon"})
    wrong = [
        asyncio.create_task(
            client.get("/parcels/7", headers={"x-api-key": "tea"} if place % 2 else {})
        )
        for place in range(5)
    ]
    await pings(
        4,
        "while five requests without the right key wait for their answer",
        client,
        expect,
        clock_from=wrong,
        lasts=1,
    )
    with expect.seconds(0, "GET /parcels/7 with the right key, meanwhile,", why=AFTER_A_WRONG_KEY):
        await client.get("/parcels/7", headers=KEY)

    async def comes(after: float, which: str) -> None:
        await asyncio.sleep(after)
        with expect.seconds(
            1,
            f"the {which} wrong key of three, which came 0.25 s after each other,",
            why=WRONG_KEY_LATE,
            too_soon=WRONG_KEY_SOON,
        ):
            response = await client.post("/parcels/7/label", headers={"x-api-key": which})
        expect.status(response, 401, why="Each wrong key is refused, also beside others.")

    await asyncio.gather(*(comes(place / 4, NTH[place]) for place in range(3)))


async def test_nobody_waits_because_tracking_is_slow(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """While the tracking service takes its time, nobody else waits, and five parcels take as long as one."""
    numbers = parcel_numbers(values, 5)
    for number in numbers:
        upstream.get(f"{TRACKING}/{number}", takes=3).respond(json={"parcel": number})
    slow = [asyncio.create_task(client.get(f"/parcels/{each}", headers=KEY)) for each in numbers]
    await pings(12, "while five parcels are looked up", client, expect, clock_from=slow, lasts=3)

    upstream.get(f"{TRACKING}/7", takes=0.5).respond(json={"at": "Lyon"})
    upstream.get(f"{TRACKING}/8", takes=0.5).respond(404)

    async def comes(after: float, number: str) -> None:
        await asyncio.sleep(after)
        with expect.seconds(
            0.5,
            f"GET /parcels/{number}, {after:g} s after the first,",
            why=QUEUE,
            too_soon=ASKED_NOW,
        ):
            await client.get(f"/parcels/{number}", headers=KEY)

    await asyncio.gather(comes(0, "7"), comes(0.25, "8"), comes(0.375, "7"))


async def test_nobody_waits_because_labels_are_made(
    client: Client, expect: Expect, clock: Clock, upstream: Upstream
) -> None:
    """While a label is made, nobody else waits, and some twenty labels take no longer than one may."""
    for place in range(MORE_THAN_IN_STOCK):
        label = asyncio.create_task(client.post(f"/parcels/{place}/label", headers=KEY))
        await pings(1, "while a label is made", client, expect)
        with expect.seconds(at_most=1.5, what=f"POST /parcels/{place}/label", why=LABEL_LATE):
            await label
    await all_kinds_at_once(client, expect, upstream)
    await clock.sleep(IDLE)

    # None is left for those that come now. With nineteen, a pool of ten threads is in time in any order of theirs, and
    # a narrower one is not: the first that wakes would use up what it bought, and buy again.
    # All are for one parcel: also those do not wait for each other.
    making = await label_in_the_making(client)
    with expect.seconds(at_most=1.5, what="making nineteen labels at once", why=QUEUE):
        others = [
            asyncio.create_task(client.post("/parcels/7/label", headers=KEY)) for _ in range(18)
        ]
        await pings(4, "while nineteen labels are made", client, expect)
        await asyncio.gather(making, *others)


async def test_a_parcel_is_passed_on_as_it_came(
    client: Client, expect: Expect, clock: Clock, upstream: Upstream, values: Values
) -> None:
    """A parcel is what the tracking service says now, or 404 if it has none."""
    known: list[Json] = [{"at": "Lyon", "since": "08:15"}, {}, [], *values.documents(3)]
    *numbers, number = parcel_numbers(values, len(known) + 1)
    for each, document in zip(numbers, known, strict=True):
        route = upstream.get(f"{TRACKING}/{each}")
        route.respond(headers=AS_JSON, content=values.json_bytes(document))
        response = await client.get(f"/parcels/{each}", headers=KEY)
        expect.status(response, 200, why=STATUS)
        expect.json(response, document, why="Pass on what the tracking service says, unchanged.")

    route = upstream.get(f"{TRACKING}/{number}")
    for what, status, answer in (
        ("unknown", 404, NO_SUCH_PARCEL),
        ("on its way", 200, {"at": "Lyon"}),
        ("elsewhere", 200, {"at": "Nice"}),
        ("not to be had, for the service is down", 502, DOWN),
        ("not to be had, for we ask too often", 502, DOWN),
        ("unknown again", 404, NO_SUCH_PARCEL),
        ("found again", 200, {"at": "Gent"}),
    ):
        says = values.status(500, 503) if status == 502 else status
        says = 429 if "too often" in what else says
        route.respond(says, json=answer if status == 200 else {"error": what})
        response = await client.get(f"/parcels/{number}", headers=KEY)
        request = f"now it is {what} (tracking answers {says}); the parcel was asked for before"
        expect.status(response, status, request=request, why=f"{ASKED_NOW} {ERROR_STATUS}")
        expect.json(response, answer, request=request, why=ASKED_NOW)
        if what == "elsewhere":
            await clock.sleep(IDLE)
    expect.equal(
        route.call_count, 7, "the calls for seven requests, one after the other", why=ASKED_NOW
    )

    await asyncio.gather(*(client.get(f"/parcels/{number}", headers=KEY) for _ in range(3)))
    expect.equal(route.call_count, 10, "the calls, with three more at once", why=ASKED_NOW)

    # Twelve failures leave room in a pool of twenty, and twenty-four do not.
    for place in range(24):
        says = 404 if place % 2 else 522 if place % 4 else 503
        route.respond(says, json={"at": "nowhere"})
        response = await expect.given_up_after(8, client.get(f"/parcels/{number}", headers=KEY))
        if response.status_code != GIVEN_UP:
            status = 404 if says == 404 else 502
            expect.status(response, status, request=f"tracking answers {says}", why=ERROR_STATUS)
    route.respond(json={"at": "Gent"})
    given_back = "After failures the parcels are found again: give back what a request takes."
    for _ in range(2):
        with expect.seconds(
            0, "GET /parcels after twelve unknown ones and twelve failures", why=given_back
        ):
            response = await expect.given_up_after(8, client.get(f"/parcels/{number}", headers=KEY))
        expect.json(response, {"at": "Gent"}, why=given_back)


async def test_each_request_gets_its_own_parcel(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Requests that are under way at the same time get each the parcel that it asked for."""
    numbers = parcel_numbers(values, 4)
    for place, number in enumerate(numbers):
        takes = (1, 0.5, 0.75, 0)[place]
        route = upstream.get(f"{TRACKING}/{number}", takes=takes)
        route.respond(404) if place == 2 else route.respond(json={"parcel": number})
    responses = await asyncio.gather(
        *(client.get(f"/parcels/{number}", headers=KEY) for number in numbers)
    )
    for place, (number, response) in enumerate(zip(numbers, responses, strict=True)):
        request = f"the {NTH[place]} of four parcels that were asked for at once"
        expect.json(
            response,
            NO_SUCH_PARCEL if place == 2 else {"parcel": number},
            request=request,
            why="What belongs to one request stays in its own variables.",
        )


async def test_each_label_is_new_and_for_its_parcel(
    client: Client, expect: Expect, clock: Clock, given: Given, values: Values
) -> None:
    """Each request gets a label that make_label made for it: no two have the same number."""
    numbers = parcel_numbers(values, MORE_THAN_IN_STOCK)
    labels = [
        expect_label(
            await client.post(f"/parcels/{number}/label", headers=KEY), number, expect, given
        )
        for number in (*numbers, numbers[0], numbers[0])
    ]
    asked = [*numbers[:3], numbers[0], numbers[0]]
    responses = await asyncio.gather(
        *(client.post(f"/parcels/{number}/label", headers=KEY) for number in asked)
    )
    labels += [
        expect_label(response, number, expect, given)
        for number, response in zip(asked, responses, strict=True)
    ]

    # One buys numbers while another takes what a third has bought.
    late, in_time = parcel_numbers(values, 2)
    first = await label_in_the_making(client)
    await clock.sleep(0.75)
    second = asyncio.create_task(client.post(f"/parcels/{late}/label", headers=KEY))
    await first
    third = await client.post(f"/parcels/{in_time}/label", headers=KEY)
    labels.append(expect_label(third, in_time, expect, given))
    labels.append(expect_label(await second, late, expect, given))
    expect.equal(
        len(set(labels)),
        len(labels),
        f"different labels among {len(labels)}, some of them for the same parcel",
        why="Each label has a number of its own: call make_label in each request.",
    )


async def test_lag_is_nothing_while_nothing_blocks(
    client: Client, expect: Expect, clock: Clock, upstream: Upstream
) -> None:
    """A request that waits is no stall: `/lag` is 0 as long as nothing blocks the loop."""
    why = (
        "The loop was free all the time: a request that takes long, or that waits, is no stall, and the "
        "sleep of a heartbeat is none."
    )
    await lag_is(0, "when nothing has happened yet,", client, expect, why=why)
    await clock.sleep(IDLE)
    await lag_is(0, "after 12 idle seconds", client, expect, why=why)
    upstream.get(f"{TRACKING}/7", takes=3).respond(json={"at": "Lyon"})
    upstream.get(f"{TRACKING}/8", takes=0.5).respond(404)
    await asyncio.gather(
        client.get("/parcels/7", headers=KEY),
        client.get("/parcels/8", headers=KEY),
        client.get("/parcels/8"),
    )
    await client.post("/parcels/7/label", headers=KEY)
    await clock.sleep(0.5)
    await lag_is(0, "after slow parcels, a wrong key and a label", client, expect, why=why)


async def test_lag_forgets_a_stall_after_ten_seconds(
    client: Client, expect: Expect, clock: Clock
) -> None:
    """Ten seconds after a stall, `/lag` has forgotten it."""
    for seconds in (1.0, 2.0):
        clock.stall(seconds)
        await clock.sleep(11)
        why = "A stall counts for ten seconds after its end, and then no more."
        await lag_is(0, f"eleven seconds after a stall of {seconds:g} s", client, expect, why=why)


async def test_lag_tells_the_longest_stall(
    client: Client, expect: Expect, clock: Clock, values: Values
) -> None:
    """`/lag` tells the longest stall of the last ten seconds, whoever caused it."""
    # Here it is the spec that keeps the loop. So whoever causes a stall, the answer has to see it.
    clock.stall(1)
    await clock.sleep(0.5)
    await lag_is(1, "half a second after a stall of 1 s", client, expect)
    again = "Others read it too: a stall is not forgotten because somebody has read it."
    await lag_is(1, "when it is asked once more,", client, expect, why=again)

    await clock.sleep(IDLE + values.moment(1))
    clock.stall(first := 0.5 + values.moment(1))
    await clock.sleep(1.0 + values.moment(0.75))
    clock.stall(longest := first + 0.5)
    await clock.sleep(5)
    clock.stall(last := first / 2)
    await clock.sleep(0.5)
    story = f"after stalls of {first:g} s, {longest:g} s and {last:g} s"
    await lag_is(longest, story, client, expect, why=OF_THE_LAST_TEN, if_none=NOT_ANY_MORE)
    await clock.sleep(1)
    ago = f"of which the longest ended {5 + last + 0.5 + 1:g} s ago"
    await lag_is(longest, f"{story}, {ago},", client, expect, why=OF_THE_LAST_TEN)
    await clock.sleep(5)
    why = "The longest is over for more than ten seconds, and the last is not: keep each with its moment."
    ago = f"of which the last ended {0.5 + 6:g} s ago and the longest {5 + last + 0.5 + 6:g} s"
    await lag_is(last, f"{story}, {ago},", client, expect, why=why)

    for place in range(3):
        await clock.sleep(IDLE + place / 3)
        clock.stall(0.75)
        await clock.sleep(0.5)
        await lag_is(0.75, "half a second after a stall of 0.75 s", client, expect)

    # One comes every 12.8 s, so who looks only once a second does not come in time for each.
    for _ in range(5):
        await clock.sleep(12.05)
        clock.stall(0.25)
        await clock.sleep(0.5)
        what = "half a second after a stall of 0.25 s"
        await lag_is(0.25, what, client, expect, if_none=TOLD_LATE)

    await clock.sleep(IDLE)
    # In a stall no heartbeat is written down: so many of them are more than ten seconds.
    clock.stall(3)
    await clock.sleep(9)
    clock.stall(2.5)
    await clock.sleep(0.5)
    story = "after stalls of 3 s and of 2.5 s, which ended 12 s and half a second ago"
    await lag_is(2.5, story, client, expect, why=SECONDS_NOT_BEATS)
    await clock.sleep(9)
    ago = "9.5 s after the end of a stall of 2.5 s"
    await lag_is(2.5, ago, client, expect, why=SINCE_ITS_END)


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream, clock: Clock
) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that keeps the process alive."""
    upstream.get(f"{TRACKING}/7").respond(json={"at": "Lyon"})
    upstream.get(f"{TRACKING}/8").respond(404)
    async with serve() as client:
        await asyncio.gather(
            client.get("/parcels/7", headers=KEY),
            client.get("/parcels/8", headers=KEY),
            client.get("/parcels/8"),
            client.post("/parcels/7/label", headers=KEY),
            client.get("/lag"),
        )
        clock.stall(0.5)
        await asyncio.sleep(1)
        await client.get("/lag")

    expect.nothing_left(
        why="What is opened or begun ends at the shutdown at the latest, wherever it began, and the shutdown waits "
        "for it."
    )


SECONDS_NOT_BEATS = (
    "In the second stall no heartbeat came, and the seconds went on: do not count beats, count the seconds since a "
    "stall has ended."
)
SINCE_ITS_END = (
    "It began twelve seconds ago and ended less than ten seconds ago, and the ten seconds begin with its end: keep "
    "that moment, and not the one at which a beat was due."
)
AFTER_A_WRONG_KEY = "Only a wrong key waits: the right one is served at once, whoever else waits."

TOLD_LATE = (
    "Of this stall `/lag` says nothing half a second after its end: look at the clock at least ten times a second, and "
    "let `/lag` tell all that was seen so far."
)

NOT_ANY_MORE = (
    "The first stall was told, and of these none is: what watches the loop must go on after a stall, for "
    "as long as the server runs."
)

OF_THE_LAST_TEN = (
    "It is the longest of all stalls that ended within the last ten seconds: not the last, not their "
    "sum and not their mean. The ten seconds begin when it ends."
)


def parcel_numbers(values: Values, count: int) -> list[str]:
    """So many numbers as parcels have them: letters, digits and dashes, no two alike."""
    kinds = ("{}", "0{}", "LY-{}", "{}-b", "ly-{}")
    ids = values.ids(count, at_most=10**9)
    return [kinds[place % len(kinds)].format(each) for place, each in enumerate(ids)]


async def all_kinds_at_once(client: Client, expect: Expect, upstream: Upstream) -> None:
    """Labels, slow parcels and a wrong key, begun while others are under way: each waits for itself."""
    upstream.get(f"{TRACKING}/7", takes=3).respond(json={"at": "Lyon"})
    others = "beside two slow parcels, a wrong key and two labels,"

    async def parcel(after: float) -> None:
        await asyncio.sleep(after)
        with expect.seconds(3, f"GET /parcels/7, {others}", why=QUEUE, too_soon=ASKED_NOW):
            await client.get("/parcels/7", headers=KEY)

    async def wrong_key(after: float) -> None:
        await asyncio.sleep(after)
        with expect.seconds(
            1, f"a wrong key, {others}", why=WRONG_KEY_LATE, too_soon=WRONG_KEY_SOON
        ):
            await client.get("/parcels/7")

    async def label(after: float) -> None:
        await asyncio.sleep(after)
        with expect.seconds(at_most=1.5, what=f"POST /parcels/7/label, {others}", why=QUEUE):
            await client.post("/parcels/7/label", headers=KEY)

    making = await label_in_the_making(client)
    await asyncio.gather(making, parcel(0), wrong_key(1 / 4), parcel(3 / 8), label(1 / 2))


async def pings(
    count: int,
    when: str,
    client: Client,
    expect: Expect,
    *,
    clock_from: Sequence[asyncio.Task[httpx.Response]] = (),
    lasts: float = 0,
) -> None:
    """Ping at once, and every quarter of a second; then those who wait are all done at the same moment."""

    async def ping_all() -> None:
        with expect.seconds(0, f"GET /ping {when}", why=PING):
            await asyncio.sleep(0)  # so the others come first
            await client.get("/ping")
        for _ in range(count - 1):
            with expect.seconds(0.25, f"a sleep of 0.25 s and a ping, {when},", why=PING):
                await asyncio.sleep(0.25)
                await client.get("/ping")

    if not clock_from:
        return await ping_all()
    with expect.seconds(lasts, f"the time {when}", why=QUEUE, too_soon=TOO_SOON):
        await ping_all()
        await asyncio.gather(*clock_from)


async def label_in_the_making(client: Client) -> asyncio.Task[httpx.Response]:
    """A request for a label that has to wait: one comes when all numbers that were bought are used up."""
    label = asyncio.create_task(client.post("/parcels/7/label", headers=KEY))
    for _ in range(MOST_IN_STOCK):
        await asyncio.sleep(1 / 16)
        if not label.done():
            break
        label = asyncio.create_task(client.post("/parcels/7/label", headers=KEY))
    return label


async def refused_after_a_second(
    ask: Callable[[], Awaitable[httpx.Response]], what: str, expect: Expect
) -> None:
    with expect.seconds(1, what, why=WRONG_KEY_LATE, too_soon=WRONG_KEY_SOON):
        response = await ask()
        expect.status(response, 401, why=f"{REFUSED} This was {what}.")
    expect.json(response, WRONG_KEY, request=what, why="The words are those of the contract.")


def expect_label(response: httpx.Response, parcel: str, expect: Expect, given: Given) -> str:
    expect.status(response, 200, why=STATUS)
    label = fields_of(response).get("label")
    text = label if isinstance(label, str) else ""
    expect.that(
        text.startswith(f"Label {given.token}") and text.endswith(f" for parcel {parcel}"),
        expected=f'{{"label": <what make_label({parcel}) returned>}}',
        came=response.text[:200],
        why="Pass on what make_label returned for this parcel, unchanged.",
    )
    return text


async def lag_of(client: Client, expect: Expect) -> float:
    with expect.seconds(0, "GET /lag", why="`/lag` tells what was seen, and waits for nothing."):
        response = await client.get("/lag")
    expect.status(response, 200, why="`/lag` needs no key, and answers with 200.")
    body = fields_of(response)
    seconds = body.get("seconds")
    expect.that(
        isinstance(seconds, int | float) and not isinstance(seconds, bool) and len(body) == 1,
        expected='{"seconds": <a number>}',
        came=response.text[:200],
        why=LAG_BODY,
    )
    return float(cast("float", seconds))


def fields_of(response: httpx.Response) -> dict[str, object]:
    """The object in a body, or an empty one."""
    return cast("dict[str, object]", response.json() if response.text.startswith("{") else {})


async def lag_is(
    seconds: float,
    when: str,
    client: Client,
    expect: Expect,
    *,
    why: str = "",
    if_none: str = "",
) -> None:
    came = await lag_of(client, expect)
    off = abs(came - seconds)
    about = why or (WATCH if came < 0.03 else WATCH_CLOSELY)
    # A look every tenth of a second is late by less than that.
    expect.that(
        off < expect.tolerance + MARGIN if seconds else came < expect.tolerance - MARGIN,
        expected=f"GET /lag, {when.rstrip(',')}: {f'{seconds:g}, to within 0.1 s' if seconds else 'below 0.1'}",
        came=f"{round(came, 3) + 0.0:g}",
        why=if_none if if_none and came < 0.1 else about,
    )
