"""What the three routes beside the loop are held to."""

import asyncio
from urllib.parse import quote

import httpx

from kata.spec.types import Asgi, Client, Clock, Expect, Given, Schedule, Serve, Timeline, Values

MESSAGE = {"message": "This is an async response!"}

NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")

IDLE = 12
"""Seconds without a request: more than those after which anyio ends its threads, and connections are closed."""


async def test_ping_answers_pong(client: Client, expect: Expect, clock: Clock) -> None:
    """`GET /ping` answers 200 with {"ping": "pong"}, at once."""
    for when in ("GET /ping", "GET /ping, asked again", "GET /ping, after 12 idle seconds"):
        with expect.seconds(0, when, why="A ping has nothing to wait for: it answers at once."):
            response = await client.get("/ping")
        expect.status(response, 200, why=about_the_status(response))
        expect.json(
            response, {"ping": "pong"}, why="A ping has one answer: an object with one word."
        )
        if when.endswith("again"):
            await clock.sleep(IDLE)

    with expect.seconds(
        0, "five GET /ping at once", why="Five pings have nothing to wait for either."
    ):
        await asyncio.gather(*(client.get("/ping") for _ in range(5)))


async def test_the_async_endpoint_answers_after_two_seconds(client: Client, expect: Expect) -> None:
    """`GET /async-endpoint` answers after two seconds, as in lesson 01."""
    with expect.seconds(
        2,
        "GET /async-endpoint",
        why="Await a sleep of two seconds before you return.",
    ):
        response = await client.get("/async-endpoint")

    expect.status(response, 200, why=about_the_status(response))
    expect.json(response, MESSAGE, why="The message is the one of lesson 01, letter by letter.")


async def test_the_report_is_the_vendors(
    client: Client, expect: Expect, given: Given, clock: Clock
) -> None:
    """`GET /report?name=ada` answers, after one second, {"report": what fetch_report("ada") returned}."""
    began = clock.now
    response = await client.get("/report", params={"name": "ada"})
    took = clock.now - began

    expect.status(response, 200, why=about_the_status(response))
    expect.json(
        response,
        {"report": report_on("ada", given.token)},
        why="Pass on what fetch_report returned for this request, unchanged.",
    )
    expect.that(
        abs(took - 1) <= expect.tolerance,
        expected="GET /report?name=ada takes 1 s",
        came=f"it took {took:.3g} s",
        why="The vendor takes one second: ask once in a request, and wait for nothing else.",
    )


async def test_any_name_reaches_the_vendor_as_it_came(
    client: Client, expect: Expect, given: Given, values: Values
) -> None:
    """A name is any text, and reaches the vendor as it came."""
    names = ["charles", *values.odd_names()]
    for place, name in enumerate(names):
        what = values.what_is(name)
        request = f"number {place + 1} of {len(names)}, one after the other: {what}"
        response = await client.get("/report", params={"name": name})
        expect.status(response, 200, request=request, why=about_the_status(response, what))
        expect.json(
            response,
            {"report": report_on(name, given.token)},
            request=request,
            why=EARLIER
            if is_on_another(response, names[:place])
            else f"This is {what}. Change nothing about a name: ask the vendor for the name as it came.",
        )


async def test_ping_is_answered_at_once_while_others_wait(client: Client, expect: Expect) -> None:
    """`/ping` is answered at once, also while five `/async-endpoint` wait."""
    await pings_during(
        ["/async-endpoint"] * 5,
        "five GET /async-endpoint",
        2,
        client,
        expect,
        why="The ping waited until others were done: no lock and no full pool may stand before it.",
    )


async def test_ping_is_answered_at_once_while_a_report_is_made(
    client: Client, expect: Expect
) -> None:
    """`/ping` is answered at once, also while five reports are made."""
    await pings_during(
        [f"/report?name={name}" for name in ("ada", "ada", "barbara", "edsger", "grace")],
        "five GET /report",
        1,
        client,
        expect,
        why="The ping waited for the vendor: call fetch_report in a thread that no ping waits for.",
    )


async def test_five_async_endpoints_take_as_long_as_one(client: Client, expect: Expect) -> None:
    """Five `/async-endpoint` at once take two seconds, as one does."""
    for which in ("five GET /async-endpoint at once", "another five, when these were done,"):
        with expect.seconds(
            2,
            f"serving {which}",
            why="The waits stood in a queue: hold nothing that others need while you wait.",
            too_soon="They left too soon, as if an earlier wait could stand for theirs: each request awaits "
            "a sleep of its own.",
        ):
            responses = await asyncio.gather(*(client.get("/async-endpoint") for _ in range(5)))
            for place, response in enumerate(responses):
                request = f"the {NTH[place]} of {which}"
                expect.status(response, 200, request=request, why=about_the_status(response))
                expect.json(
                    response, MESSAGE, request=request, why="Each request gets the whole message."
                )


async def test_each_async_endpoint_takes_two_seconds_whenever_others_come(
    client: Client, expect: Expect, clock: Clock
) -> None:
    """`/async-endpoint` answers two seconds after it was asked, whenever others come."""
    await client.get("/async-endpoint")
    await clock.sleep(IDLE)
    await asyncio.gather(
        *(
            asked_after(
                pause,
                "/async-endpoint",
                2,
                f"the {NTH[place]} GET /async-endpoint of three, which came after 0, 0.7 and 1.5 s,",
                client,
                expect,
                why=MOVED if place == 0 else HELD_UP,
                too_soon="It waited until a moment that is not its own, such as one that all share: each request "
                "awaits a sleep of its own.",
            )
            for place, pause in enumerate((0, 0.7, 1.5))
        )
    )


NOT_MADE = "A report takes a second, and one left before: have each made for its own request, whatever its name."


async def test_five_reports_take_as_long_as_one(
    client: Client, expect: Expect, values: Values
) -> None:
    """Five `/report` at once take one second, as one does, also while others wait."""
    queue = "The reports stood in a queue: give each its own thread, and hold no lock meanwhile."
    names = values.names(10)
    with expect.seconds(
        1, "serving five GET /report at once, on different names,", why=queue, too_soon=NOT_MADE
    ):
        await asyncio.gather(*(client.get(report_path(name)) for name in names[:5]))
    with expect.seconds(
        1, "serving five GET /report at once, on the same name,", why=queue, too_soon=NOT_MADE
    ):
        await asyncio.gather(*(client.get("/report?name=ada") for _ in range(5)))

    beside = (
        "Others were under way on both routes: no thread, lock or event may stand between them."
    )
    waits = [
        asked_after(
            0, "/async-endpoint", 2, "GET /async-endpoint, before five GET /report,",
            client, expect, why=beside,
        )
        for _ in range(5)
    ]  # fmt: skip
    reports = [
        asked_after(
            place / 8, report_path(name), 1,
            f"the {NTH[place]} GET /report of five, 0.125 s apart, during five GET /async-endpoint,",
            client, expect, why=beside,
        )
        for place, name in enumerate(names[5:])
    ]  # fmt: skip
    await asyncio.gather(*waits, *reports)


async def test_each_request_gets_the_report_it_asked_for(
    client: Client, expect: Expect, given: Given, schedule: Schedule, values: Values
) -> None:
    """Each request gets the report on the name that it sent, also when others come at the same time."""
    one, other = values.names(2)

    async def compare(names: list[str], came: str, apart: float = 0) -> None:
        async def ask(place: int, name: str) -> httpx.Response:
            await asyncio.sleep(place * apart)
            return await client.get("/report", params={"name": name})

        responses = await asyncio.gather(*(ask(*each) for each in enumerate(names)))
        for place, (name, response) in enumerate(zip(names, responses, strict=True)):
            request = f"the {NTH[place]} of those on {', '.join(names)}; they came {came}"
            expect.status(response, 200, request=request, why=about_the_status(response))
            expect.json(
                response,
                {"report": report_on(name, given.token)},
                request=request,
                why=about_another(response, name, names),
            )

    await compare([one, one.upper(), other], "at once")

    # A thread may begin whenever the machine likes: here, when all of the requests have come.
    async with schedule.threads_begin_late():
        await compare([one, one, other], "at once, while threads began a little later")

    # And what threads leave in one place, they leave before any request can read it there.
    async with schedule.threads_meet():
        await compare([one, other, one], "0.125 s apart, while threads ended together", 1 / 8)


async def test_each_report_is_made_anew(
    client: Client, asgi: Asgi, expect: Expect, clock: Clock, timeline: Timeline
) -> None:
    """Each request has its report made anew: none is kept or shared, not even for the same name."""

    def made() -> int:
        spans = (span for span in timeline.spans if span.kind == "thread")
        return sum(abs((span.end or 0) - span.start - 1) < expect.tolerance for span in spans)

    kept = "This report was not made anew: ask the vendor in every request, also for a name that came before."
    for when in ("", ", asked again,", ", asked again after 12 idle seconds,"):
        with expect.seconds(1, f"GET /report?name=ada{when}", why=ONCE, too_soon=kept):
            await client.get("/report?name=ada")
        if when.endswith("again,"):
            await clock.sleep(IDLE)

    await asyncio.gather(
        *(
            asked_after(
                pause,
                "/report?name=ada",
                1,
                f"the {NTH[place]} GET /report?name=ada of three, which came 0.25 s after each other,",
                client,
                expect,
                why=ONCE,
                too_soon="It was given the report that another request of the same name had ordered: "
                "ask the vendor in every request.",
            )
            for place, pause in enumerate((0, 0.25, 0.5))
        )
    )

    for name in (*(7 * ["ada"]), "grace"):
        await asgi.leave(f"/report?name={name}", after=0.25)
    await clock.sleep(1)
    expect.not_blocked(why=LEFT_ON_THE_LOOP)
    with expect.seconds(
        1,
        "GET /report?name=grace, after eight whose clients have left,",
        why=LEFT,
        too_soon=kept,
        if_stuck=LEFT,
    ):
        response = await client.get("/report?name=grace")
    expect.status(response, 200, why=LEFT)

    before = made()
    await asyncio.gather(*(client.get("/report?name=ada") for _ in range(3)))
    # Where the vendor is asked in another process, nobody here sees how often.
    asked = made() - before
    expect.that(
        asked == 0 or asked >= 3,
        expected="three GET /report?name=ada at once have three reports made",
        came=f"the vendor was asked {'once' if asked == 1 else 'twice'}",
        why="Requests that came at the same moment shared a report: in each request, ask the vendor.",
    )


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, asgi: Asgi, expect: Expect, clock: Clock
) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that
    keeps the process alive.
    """
    async with serve() as client:
        await asgi.leave("/report?name=ada", after=0.25)
        await clock.sleep(1)
        await client.get("/ping")
        await asyncio.gather(
            *(
                client.get(path)
                for path in ("/report?name=ada", "/async-endpoint", "/ping", "/report?name=tony")
            )
        )
        await client.get("/report?name=ada")

    expect.nothing_left(
        why="A request awaits what it starts, also if its client has left, and the lifespan ends what it opened."
    )


EARLIER = (
    "It got the report that an earlier request had asked for: a report belongs to one request, so keep "
    "it in a local variable."
)

MOVED = (
    "A request that came later moved the moment at which this one was to end: keep nothing where "
    "others can change it."
)

HELD_UP = "An earlier request held it up: hold nothing that others need while you wait."

LEFT = "Clients had left before they were answered: what a request takes it gives back also then."
LEFT_ON_THE_LOOP = (
    "Its client had left before it was answered: its report is made on another thread all the same."
)

ONCE = "A report takes one second: ask the vendor once in a request, and wait for no other request."


async def asked_after(
    pause: float,
    path: str,
    lasts: int,
    what: str,
    client: Client,
    expect: Expect,
    *,
    why: str,
    too_soon: str = "",
) -> None:
    """Ask after a pause, and look how long it takes from then on."""
    await asyncio.sleep(pause)
    with expect.seconds(lasts, what, why=why, too_soon=too_soon):
        await client.get(path)


async def pings_during(
    paths: list[str], others: str, lasts: int, client: Client, expect: Expect, why: str
) -> None:
    """Ping when five requests are under way, and every quarter of a second until they end."""
    waiting = [asyncio.create_task(client.get(path)) for path in paths]
    ping = asyncio.create_task(client.get("/ping"))
    with expect.seconds(0, f"GET /ping during {others}", why=why):
        await ping
    for _ in range(lasts * 4 - 1):
        with expect.seconds(0.25, f"a sleep of 0.25 s and a ping, during {others},", why=why):
            await asyncio.sleep(0.25)
            await client.get("/ping")
    await asyncio.gather(*waiting)


def is_on_another(response: httpx.Response, names: list[str]) -> bool:
    return any(f"Report on {name}," in response.text for name in names)


def about_another(response: httpx.Response, name: str, names: list[str]) -> str:
    """The sentence for one of several requests that got what it did not ask for."""
    others = [each for each in names if each != name]
    if not is_on_another(response, others):
        return "Pass on what fetch_report returned for this name, unchanged."
    if is_on_another(response, [each for each in others if each.lower() == name.lower()]):
        return (
            "Two names that differ in capitals only were taken for one: change nothing about a name, "
            "and share no report."
        )
    return (
        "It got the report on another request's name: keep what belongs to one request in local "
        "variables, and hand it over as an argument."
    )


def report_path(name: str) -> str:
    return f"/report?name={quote(name)}"


def report_on(name: str, token: str) -> str:
    return f"Report on {name}, sealed {token}"


def about_the_status(response: httpx.Response, what: str = "") -> str:
    if response.status_code != 422:
        return "The status is 200 unless you ask for another one."
    if '"name"]' in response.text:
        sent = f"This one was {what}. " if what else ""
        return (
            f"{sent}FastAPI refused `name`: it comes in the query and is any text, so write `name: "
            "str`, and no more."
        )
    if '"loc"' not in response.text:
        return f"A name is any text, and none is refused. This one was {what or 'an ordinary one'}."
    return (
        "FastAPI looks for a parameter that is not sent: only /report has one, `name`, in its "
        "query; a request is known by its type, and a dependency by `Depends`."
    )
