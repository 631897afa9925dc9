"""Toast takes three seconds and tea two. One of them is made by a task.

What is printed first?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()


async def make(what: str, seconds: float) -> None:
    print(f"{what} begins")
    await asyncio.sleep(seconds)
    print(f"{what} is ready")


@app.get("/breakfast")
async def breakfast() -> None:
    toast = asyncio.create_task(make("toast", 3))
    await make("tea", 2)
    await toast


async def main(client: httpx.AsyncClient) -> None:
    await client.get("/breakfast")
