"""asyncio.wait for both tasks, then the results from the list that keeps the order."""

import asyncio

from fastapi import APIRouter, FastAPI

router = APIRouter()


async def task_1() -> str:
    await asyncio.sleep(2)
    return "Task 1 complete"


async def task_2() -> str:
    await asyncio.sleep(3)
    return "Task 2 complete"


@router.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    tasks = [asyncio.create_task(task_1()), asyncio.create_task(task_2())]
    await asyncio.wait(tasks, return_when=asyncio.ALL_COMPLETED)
    return {"results": [task.result() for task in tasks]}


app = FastAPI()
app.include_router(router)
