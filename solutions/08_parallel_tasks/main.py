"""08 · Parallel tasks: the reference."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    # The calls are not awaited one by one: each only builds a coroutine. `gather` starts both, and
    # this single `await` waits until the longer one is done.
    #
    # The results come in the order of the arguments, whichever task ends first. So nothing has to
    # be sorted afterwards, and no list is shared between the tasks.
    results = await asyncio.gather(task_1(), task_2())
    return {"results": list(results)}
