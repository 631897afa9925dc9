"""A condition of each request, which a timer of the loop notifies through a task."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


async def notify(condition: asyncio.Condition) -> None:
    await asyncio.sleep(2)
    async with condition:
        condition.notify()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    condition = asyncio.Condition()
    async with condition:
        waker = asyncio.create_task(notify(condition))
        await condition.wait()
    await waker
    return {"message": "This is an async response!"}
