"""A task group whose only task waits: leaving the block waits for it."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(2))
    return {"message": "This is an async response!"}
