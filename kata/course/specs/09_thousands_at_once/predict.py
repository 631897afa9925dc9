"""Five requests come at one moment. Each needs the kitchen for a second, and two fit in.

After how many seconds is "meal 3" printed?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()
kitchen = asyncio.Semaphore(2)


@app.get("/meal")
async def meal(number: int) -> None:
    async with kitchen:
        await asyncio.sleep(1)
    print(f"meal {number}")


async def main(client: httpx.AsyncClient) -> None:
    await asyncio.gather(*(client.get(f"/meal?number={number}") for number in range(1, 6)))
