"""What the route with two tasks is held to."""

import asyncio
from typing import Any

import httpx

from kata.spec import Client, Clock, Expect, Serve, Timeline

ONE_FOR_THE_OTHER = (
    "One request waited for the other: hold nothing that others need while you wait."
)
BOTH_RESULTS = {"results": ["Task 1 complete", "Task 2 complete"]}

STATUS = "The status is 200 unless you ask for another one."


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
        why="The answer left before the longer task was done: let it take 3 s, and wait for it.",
    )


async def test_the_two_tasks_overlap(client: Client, expect: Expect) -> None:
    """The two tasks overlap, so the answer takes three seconds, not five."""
    with expect.seconds(
        3,
        "GET /parallel-tasks",
        expected=[("task_1", 0, 2), ("task_2", 0, 3)],
        why="The second task began too late: start both before you wait for either.",
        too_soon="The answer left before the longer task was done: wait for both.",
    ):
        await client.get("/parallel-tasks")


async def test_two_requests_at_once_still_take_three_seconds(
    client: Client, expect: Expect
) -> None:
    """Two requests at once still take three seconds."""
    with expect.seconds(
        3,
        "two GET /parallel-tasks at once",
        why=ONE_FOR_THE_OTHER,
    ):
        await asyncio.gather(client.get("/parallel-tasks"), client.get("/parallel-tasks"))


async def test_the_first_task_takes_two_seconds(
    client: Client, expect: Expect, clock: Clock, timeline: Timeline
) -> None:
    """Of the three seconds the first task waits two, and the second task all three."""
    began = clock.now
    await client.get("/parallel-tasks")
    waits = [span.end - began for span in timeline.spans if span.kind != "request" and span.end]

    def seen(seconds: float) -> bool:
        return any(abs(wait - seconds) <= expect.tolerance for wait in waits)

    # Whoever waits in a way that the timeline does not show is let through.
    expect.that(
        clock.stood_still_at(began + 2) or seen(2) or not seen(3),
        expected="something that waits 2 s, and something that waits 3 s",
        came="nothing that ends after 2 s",
        why="Both tasks are work of their own: the first one waits too, two seconds.",
    )


async def test_every_request_runs_its_own_tasks(
    client: Client, expect: Expect, clock: Clock
) -> None:
    """Every request runs its own two tasks: a second one takes 3 s too, and answers alike."""
    await client.get("/parallel-tasks")
    with expect.seconds(
        3,
        "GET /parallel-tasks, asked again",
        why="Two tasks at once take three seconds, in the second request as in the first.",
        too_soon="The second request got what the first had left behind: start two new tasks each "
        "time.",
    ):
        again = await client.get("/parallel-tasks")

    expect.status(again, 200, why="The route works only once: make what it needs anew each time.")
    expect.json(
        again,
        BOTH_RESULTS,
        why="The results of an earlier request are still there: keep them inside the function.",
    )
    earlier = asyncio.create_task(client.get("/parallel-tasks"))
    await clock.sleep(1)
    with expect.seconds(
        3,
        "GET /parallel-tasks, asked one second after another",
        why=ONE_FOR_THE_OTHER,
        too_soon="The second request joined the tasks of the first: start two new ones for each "
        "request.",
    ):
        await client.get("/parallel-tasks")
    await earlier


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
    """After the last answer and the shutdown, no task and no thread is left running."""
    async with serve() as client:
        response = await client.get("/parallel-tasks")

    expect.status(response, 200, why=STATUS)
    expect.nothing_left(why="Wait for every task that you start, or cancel it.")


def about_the_order(response: httpx.Response) -> str:
    body: dict[str, Any] = response.json() if response.text.startswith("{") else {}
    if str(body).count("complete") > 2:
        return "Results of other requests got in: keep the results inside the function."
    return "A set has no order: read the results from the tasks, in the order you want."


def about_the_body(response: httpx.Response) -> str:
    body = response.json() if response.text[:1] in ("[", "{") else None
    if isinstance(body, list):
        return "The list stands in an object, under the key `results`."
    if body == {"results": BOTH_RESULTS["results"][::-1]}:
        return "The order is that of the tasks: gather answers in the order of its arguments."
    return "The answer is an object with one key, `results`: a list of what the two tasks returned."
