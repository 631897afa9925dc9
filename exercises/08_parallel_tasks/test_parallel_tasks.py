"""What the route with two tasks is held to."""

import asyncio
from typing import Any

import httpx

from kata.spec.types import Asgi, Client, Clock, Expect, Serve, Timeline

BOTH_RESULTS = {"results": ["Task 1 complete", "Task 2 complete"]}

STATUS = "The status is 200 unless you ask for another one."
TOO_SOON = "The answer left before the longer task was done: let it take 3 s, and wait for it."
NO_WAIT = (
    "The answer left before anything had waited: let the tasks take 2 s and 3 s, and await both before you return. A "
    "background task, and what follows a dependency's `yield`, run after the answer."
)

IDLE = 12
"""Seconds without a request: more than those after which anyio ends its threads, and connections are closed."""


async def test_it_answers_with_both_results(client: Client, expect: Expect) -> None:
    """`GET /parallel-tasks` answers 200 with the results of both tasks, the first task's first."""
    response = await client.get("/parallel-tasks")

    expect.status(response, 200, why=STATUS)
    expect.json(response, BOTH_RESULTS, why=about_the_body(response))


async def test_it_waits_for_both_tasks(
    client: Client, expect: Expect, clock: Clock, timeline: Timeline
) -> None:
    """The answer comes when both tasks are done: not before three seconds have passed."""
    start = clock.now
    await client.get("/parallel-tasks")
    took = clock.now - start

    expect.that(
        took > 2.9,
        expected="an answer after 3 s, when both tasks are done",
        came=f"an answer after {took:.3g} s",
        why=about_a_wait_too_short(timeline, start + took),
    )


async def test_the_results_leave_when_both_tasks_are_done(
    asgi: Asgi, expect: Expect, clock: Clock
) -> None:
    """The answer is complete after three seconds: nobody can read the whole of it sooner."""
    began = clock.now
    reply = await asgi.get("/parallel-tasks")

    complete = (clock.now if reply.whole_at is None else reply.whole_at) - began
    something_follows = reply.whole_at is not None and reply.whole_at < reply.parts[-1][0]
    expect.that(
        complete >= 3 - expect.tolerance,
        expected="all of the results leave after 3 s",
        came=f"they left after {complete:.3g} s",
        why=KNOWN_EARLY if something_follows else LEFT_EARLY,
    )


async def test_the_two_tasks_overlap(client: Client, expect: Expect) -> None:
    """The two tasks overlap, so the answer takes three seconds, not five."""
    with expect.seconds(
        3,
        "GET /parallel-tasks",
        expected=[("task_1", 0, 2), ("task_2", 0, 3)],
        why="Start both tasks at once, and each of them once: the whole takes as long as the longer "
        "one, 3 s.",
        too_soon=TOO_SOON,
    ):
        await client.get("/parallel-tasks")


async def test_two_requests_at_once_still_take_three_seconds(
    client: Client, expect: Expect
) -> None:
    """Two requests at once still take three seconds."""
    for which in ("two GET /parallel-tasks at once", "another two, when these were done,"):
        with expect.seconds(
            3,
            f"serving {which}",
            why="All four tasks can wait at the same time: start both of a request together, and hold "
            "nothing that others need.",
            too_soon="One left too soon, as if an earlier wait could stand for its own, by a result, an event "
            "that stays set, or a default argument, which is made once: start two new tasks in every request.",
            if_stuck=f"These were {which.rstrip(',')}.",
        ):
            await asyncio.gather(client.get("/parallel-tasks"), client.get("/parallel-tasks"))


async def test_the_first_task_takes_two_seconds(
    client: Client, expect: Expect, clock: Clock, timeline: Timeline
) -> None:
    """Of the three seconds the first task waits two, and the second task all three."""
    began = clock.now
    await client.get("/parallel-tasks")
    waits = [
        (span.label, span.start - began, span.end - began)
        for span in timeline.spans
        if span.kind != "request" and span.end
    ]

    def near(moment: float, seconds: float) -> bool:
        return abs(moment - seconds) <= expect.tolerance

    def seen(seconds: float) -> bool:
        return any(near(end, seconds) for _, _, end in waits)

    # Whoever waits in a way that the timeline does not show is let through.
    expect.that(
        clock.stood_still_at(began + 2) or seen(2) or not seen(3),
        expected="something that waits 2 s, and something that waits 3 s",
        came=f"waits that end after {', '.join(sorted({f'{end:g}' for _, _, end in waits}))} s",
        why="Both tasks are work of their own: the first one waits two seconds, no more and no less.",
    )

    before = [label for label, start, end in waits if near(start, 0) and near(end, 2)]
    after = [label for label, start, end in waits if near(start, 2) and near(end, 3)]
    in_a_row = len(waits) == 2 and before and after and before != after
    expect.that(
        not in_a_row,
        expected="a second task that waits from the beginning, 3 s",
        came=f"the wait in {''.join(after)} began when that in {''.join(before)} had ended",
        why="Three seconds are the longer task's own: start it with the first, and not after it.",
    )


async def test_the_order_is_the_same_every_time(client: Client, expect: Expect) -> None:
    """The first task's result comes first, whenever it is asked."""
    responses = await asyncio.gather(*(client.get("/parallel-tasks") for _ in range(24)))

    for place, response in enumerate(responses):
        request = f"number {place + 1} of 24 at once"
        expect.status(response, 200, request=request, why=WHOEVER_COMES)
        expect.json(response, BOTH_RESULTS, request=request, why=about_the_order(response))


async def test_every_request_runs_its_own_tasks(client: Client, expect: Expect) -> None:
    """Every request runs its own two tasks: a second one takes 3 s too, and answers alike."""
    await client.get("/parallel-tasks")
    for when in ("asked again", "asked once more"):
        with expect.seconds(
            3,
            f"GET /parallel-tasks, {when},",
            why="Two tasks at once take three seconds, in the second request as in the first.",
            too_soon="Every request waits for two new tasks, 3 s: nothing that an earlier one left can "
            "stand for them, be it a result, an event that is set, or a moment that is past.",
        ):
            again = await client.get("/parallel-tasks")
            expect.status(again, 200, request=when, why=STATUS)
            expect.json(again, BOTH_RESULTS, request=when, why=about_the_order(again))


async def test_tasks_start_when_their_request_comes(
    asgi: Asgi, expect: Expect, clock: Clock
) -> None:
    """Every request starts its own two tasks when it comes, and not before."""
    await clock.sleep(IDLE)
    began = clock.now
    with expect.seconds(
        3,
        "the first GET /parallel-tasks, 12 s after the start,",
        why="Two tasks at once take three seconds, however long nobody came before.",
        too_soon="Its tasks were under way before it came: start both when their own request comes, and none at the "
        "start of the server.",
        if_stuck="This was the first GET /parallel-tasks.",
    ):
        await asgi.get("/parallel-tasks")
    # Whoever waits in a way that the clock does not show is let through.
    shown = clock.stood_still_at(began + 2)
    for idle, which in (
        (1, "a GET /parallel-tasks, 1 s after another was answered,"),
        (IDLE, "a GET /parallel-tasks, after 12 idle seconds,"),
    ):
        await clock.sleep(idle)
        began = clock.now
        with expect.seconds(
            3,
            which,
            why="Two tasks at once take three seconds, however long nobody came before.",
            too_soon="Its tasks were under way before it came: start both when their own request comes, "
            "and none ahead for the next.",
            if_stuck=f"This was {which.rstrip(',')}.",
        ):
            reply = await asgi.get("/parallel-tasks")
        expect.that(
            reply.whole_at is not None and reply.whole_at - began >= 3 - expect.tolerance,
            expected="all of the results leave after 3 s, in each answer",
            came="they left sooner",
            why=LEFT_EARLY,
        )
        expect.that(
            not shown or clock.stood_still_at(began + 2),
            expected=f"{which} starts a first task, which ends after 2 s",
            came="nothing ended 2 s after it came",
            why="Its first task was under way before it came, or never ran: start both when their own "
            "request comes.",
        )


async def test_requests_that_come_meanwhile_run_their_own_tasks(
    client: Client, asgi: Asgi, expect: Expect, clock: Clock, timeline: Timeline
) -> None:
    """A request that comes while another one waits takes 3 s too, runs its own two tasks, and answers alike."""

    def first_tasks() -> int:
        waits = (span for span in timeline.spans if span.kind in ("sleep", "thread"))
        return sum(abs((span.end or 0) - span.start - 2) < expect.tolerance for span in waits)

    await asyncio.gather(client.get("/parallel-tasks"), client.get("/parallel-tasks"))
    shown, at_once = clock.stood_still_at(2), first_tasks()
    for apart in (0.7, 1, 2.5):
        began = clock.now
        responses = await asyncio.gather(
            ask(
                0, f"the first of two GET /parallel-tasks, {apart} s apart,", MOVED, client, expect
            ),
            ask(apart, f"the second of two, {apart} s apart,", HELD_UP, client, expect),
        )
        for nth, response in zip(("first", "second"), responses, strict=True):
            request = f"the {nth} of two that came {apart} s apart"
            expect.status(response, 200, request=request, why=STATUS)
            expect.json(response, BOTH_RESULTS, request=request, why=OWN_RESULTS)

        # Whoever waits in a way that the clock does not show is let through.
        expect.that(
            not shown or all(clock.stood_still_at(began + each) for each in (2, 2 + apart)),
            expected=f"for each of two requests, {apart} s apart, something that ends 2 s after it came",
            came="for one of the two, nothing does",
            why="Each request runs a first task of its own for 2 s: it takes no other's result, and holds "
            "up no other's task.",
        )

    for response in await asyncio.gather(
        *(
            ask(
                place / 2,
                f"the {nth} of three GET /parallel-tasks, 0.5 s apart,",
                HELD_UP,
                client,
                expect,
            )
            for place, nth in enumerate(("first", "second", "third"))
        )
    ):
        expect.status(response, 200, why=STATUS)
        expect.json(response, BOTH_RESULTS, why=OWN_RESULTS)

    with asgi.from_one_address():
        leaving = asyncio.create_task(asgi.leave("/parallel-tasks", after=1))
        await clock.sleep(0.5)
        response = await client.get("/parallel-tasks")
        await leaving
    beside = "a visitor of the same address had left meanwhile"
    expect.status(response, 200, request=beside, why=LEFT)
    expect.json(response, BOTH_RESULTS, request=beside, why=LEFT)

    # The same for the timeline, and for two that came at the same moment.
    expect.that(
        at_once != 1,
        expected="two requests at once run two tasks of 2 s",
        came="they ran one",
        why="Requests that came at the same moment shared a task: each one starts two of its own.",
    )


async def test_no_task_is_left_behind(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that keeps the
    process alive.
    """
    async with serve() as client:
        response = await client.get("/parallel-tasks")
        await asyncio.gather(client.get("/parallel-tasks"), client.get("/parallel-tasks"))

    expect.status(response, 200, why=STATUS)
    expect.nothing_left(why="Wait for every task or thread that you start, or end it.")


WHOEVER_COMES = "Each request is answered 200 with its own results, whoever else comes."

LEFT_EARLY = (
    "The whole answer left before three seconds were over: send it when both tasks are done."
)

KNOWN_EARLY = (
    "All of it could be read by then, and only what nobody needs came later: send the second result when the second "
    "task is done."
)

MOVED = (
    "A request that came later held it up, or moved the moment at which its tasks were to end: keep "
    "nothing where others can change it."
)

OWN_RESULTS = (
    "Alone it answers well, so the other request cleared or took what it had: keep each request's results in "
    "names of the handler's own."
)

LEFT = "The client of another request had left before it was answered: that changes nothing for those who stay."

HELD_UP = (
    "An earlier request held it up, or a moment that all share: start two tasks for each request, and "
    "hold nothing that others need."
)


async def ask(pause: float, what: str, why: str, client: Client, expect: Expect) -> httpx.Response:
    """Ask after a pause, and look how long it takes from then on."""
    await asyncio.sleep(pause)
    with expect.seconds(
        3,
        what,
        why=why,
        too_soon="It waited for a moment that all share, such as the end of tasks that ran already: "
        "start two new ones for each request.",
    ):
        return await client.get("/parallel-tasks")


def about_a_wait_too_short(timeline: Timeline, left: float) -> str:
    """The sentence for an answer that left too soon, at this moment: what its tasks did by then."""
    waits = [span for span in timeline.spans if span.kind in ("sleep", "thread")]
    for span in waits:
        if span.note == "cut short" and span.end is not None:
            return (
                f"The wait in {span.label} was cancelled after {span.end - span.start:.3g} s. A task that "
                "is cancelled is not done: let it take its time."
            )
    going_on = [span.label for span in waits if span.end is None or span.end > left + 0.1]
    if going_on:
        return (
            f"When the answer left, {going_on[0]} was not done: wait until both tasks are, not for one of "
            "them and not for a limited time."
        )
    return TOO_SOON if waits else NO_WAIT


def about_the_order(response: httpx.Response) -> str:
    match parsed(response):
        case {"results": ["Task 2 complete", "Task 1 complete"]}:
            return (
                "Read the results from the tasks, the first one's first: what a set or a race "
                "hands you has no order."
            )
        case {"results": [one, other, *more]} if more or one == other:
            return (
                "An answer holds the two results of its own request, and no others: make their list "
                "anew in each call. What stands in the module is made once, and so is a default argument."
            )
        case _:
            return about_the_body(response)


def about_the_body(response: httpx.Response) -> str:
    body = parsed(response)
    if response.text.startswith("["):
        return "The list stands in an object, under the key `results`."
    if body == {"results": BOTH_RESULTS["results"][::-1]}:
        return (
            "The first task's result stands first, whichever ends first. `gather` gives results in the order in which "
            "it was given the tasks; a set of tasks has no order."
        )
    if body in (
        {"results": fewer} for fewer in ([], *([each] for each in BOTH_RESULTS["results"]))
    ):
        return "A result is missing: wait until both tasks are done, not one, and without a limit, then read both."
    return "The answer is an object with one key, `results`: a list of what the two tasks returned."


def parsed(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
