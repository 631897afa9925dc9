"""Two workers put numbered results on a queue; the route sorts what it takes off."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def work(number: int, seconds: float, done: asyncio.Queue[tuple[int, str]]) -> None:
    await asyncio.sleep(seconds)
    await done.put((number, f"Task {number} complete"))


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    done: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
    workers = [asyncio.create_task(work(1, 2, done)), asyncio.create_task(work(2, 3, done))]
    results = sorted([await done.get() for _ in workers])
    return {"results": [result for _, result in results]}
