"""Mistake: to_thread gets the result of the function, which has then run on the loop.

Cell: both results, alone
Caught by: test_it_answers_with_both_results
Reads: The handler raised TypeError: 'str' object is not callable
"""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


def task_1() -> str:
    time.sleep(2)
    return "Task 1 complete"


def task_2() -> str:
    time.sleep(3)
    return "Task 2 complete"


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    results = await asyncio.gather(
        asyncio.to_thread(task_1()),  # pyright: ignore
        asyncio.to_thread(task_2()),  # pyright: ignore
    )
    return {"results": list(results)}
