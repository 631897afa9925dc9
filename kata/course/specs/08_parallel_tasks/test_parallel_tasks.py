"""What the route with two tasks is held to."""

import asyncio
from typing import Any

import httpx

from kata.spec.types import Asgi, Client, Clock, Expect, Serve, Timeline

BOTH_RESULTS = {"results": ["Task 1 complete", "Task 2 complete"]}

STATUS = "The status is 200 unless you ask for another one."
TOO_SOON = "The answer left before the longer task was done: let it take 3 s, and wait for it."


async def test_it_answers_with_both_results(client: Client, expect: Expect) -> None:
    """`GET /parallel-tasks` answers 200 with the results of both tasks, the first task's first."""
    response = await client.get("/parallel-tasks")

    expect.status(response, 200, why=STATUS)
    expect.json(response, BOTH_RESULTS, why=about_the_body(response))


async def test_it_waits_for_both_tasks(client: Client, expect: Expect, clock: Clock) -> None:
    """The answer comes when both tasks are done: not before three seconds have passed."""
    start = clock.now
    await client.get("/parallel-tasks")
    took = clock.now - start

    expect.that(
        took > 2.9,
        expected="an answer after 3 s, when both tasks are done",
        came=f"an answer after {took:.3g} s",
        why=TOO_SOON,
    )


async def test_the_results_leave_when_both_tasks_are_done(
    asgi: Asgi, expect: Expect, clock: Clock
) -> None:
    """The answer is complete after three seconds: nobody can read the whole of it sooner."""
    began = clock.now
    reply = await asgi.get("/parallel-tasks")

    complete = reply.parts[-1][0] - began if reply.parts else clock.now - began
    expect.that(
        complete >= 3 - expect.tolerance,
        expected="all of the results leave after 3 s",
        came=f"they left after {complete:.3g} s",
        why="The whole answer left before three seconds were over: send it when both tasks are done.",
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
    with expect.seconds(
        3,
        "serving two GET /parallel-tasks at once",
        why="All four tasks can wait at the same time: start both of a request together, and hold "
        "nothing that others need.",
        too_soon=TOO_SOON,
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
        came="nothing that ends after 2 s",
        why="Both tasks are work of their own: the first one waits too, two seconds.",
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


async def test_every_request_runs_its_own_tasks(
    client: Client, expect: Expect, clock: Clock
) -> None:
    """Every request runs its own two tasks: a second one takes 3 s too, and answers alike."""
    began = clock.now
    await client.get("/parallel-tasks")
    shown = clock.stood_still_at(began + 2)
    with expect.seconds(
        3,
        "GET /parallel-tasks, asked again",
        why="Two tasks at once take three seconds, in the second request as in the first.",
        too_soon="Every request waits for two new tasks, 3 s: nothing that an earlier one left can "
        "stand for them.",
    ):
        again = await client.get("/parallel-tasks")

    expect.status(again, 200, why=STATUS)
    expect.json(again, BOTH_RESULTS, why=about_the_order(again))

    began = clock.now
    earlier = asyncio.create_task(client.get("/parallel-tasks"))
    await clock.sleep(0.7)
    with expect.seconds(
        3,
        "a GET /parallel-tasks that comes 0.7 s after another",
        why="Another request held it up, or a moment that all share: start two tasks for each "
        "request, and hold nothing that others need.",
        too_soon="It waited for a moment that all share, such as the end of tasks that ran already: "
        "start two new ones for each request.",
    ):
        await client.get("/parallel-tasks")
    await earlier

    # Whoever waits in a way that the clock does not show is let through.
    expect.that(
        not shown or (clock.stood_still_at(began + 2) and clock.stood_still_at(began + 2.7)),
        expected="for each request, something that ends 2 s after it came",
        came="for one of two requests, nothing does",
        why="Each request runs a first task of its own for 2 s: it takes no other's result, and holds "
        "up no other's task.",
    )


async def test_the_order_is_the_same_every_time(client: Client, expect: Expect) -> None:
    """The first task's result comes first, whenever it is asked."""
    responses = await asyncio.gather(*(client.get("/parallel-tasks") for _ in range(24)))

    for response in responses:
        expect.json(
            response,
            BOTH_RESULTS,
            why=about_the_order(response),
        )


async def test_no_task_is_left_behind(serve: Serve, expect: Expect) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that keeps the
    process alive.
    """
    async with serve() as client:
        response = await client.get("/parallel-tasks")
        await asyncio.gather(client.get("/parallel-tasks"), client.get("/parallel-tasks"))

    expect.status(response, 200, why=STATUS)
    expect.nothing_left(why="Wait for every task that you start, or cancel it.")


def about_the_order(response: httpx.Response) -> str:
    match parsed(response):
        case {"results": ["Task 2 complete", "Task 1 complete"]}:
            return (
                "Read the results from the tasks, the first one's first: what a set or a race "
                "hands you has no order."
            )
        case {"results": [one, other, *more]} if more or one == other:
            return (
                "An answer holds the two results of its own request, and no others: keep them "
                "inside the function."
            )
        case _:
            return about_the_body(response)


def about_the_body(response: httpx.Response) -> str:
    body = parsed(response)
    if isinstance(body, list):
        return "The list stands in an object, under the key `results`."
    if body == {"results": BOTH_RESULTS["results"][::-1]}:
        return "The order is that of the tasks: gather answers in the order of its arguments."
    return "The answer is an object with one key, `results`: a list of what the two tasks returned."


def parsed(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
