"""Brewing takes two seconds. Two tests look at how long it takes: for one guest, then for two at one moment.

What is printed first?
What is printed last?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()
pot = asyncio.Lock()


@app.get("/brew")
async def brew() -> None:
    async with pot:
        await asyncio.sleep(2)


async def main(client: httpx.AsyncClient) -> None:
    clock = asyncio.get_running_loop()
    for guests in (1, 2):
        began = clock.time()
        await asyncio.gather(*(client.get("/brew") for _ in range(guests)))
        print("passed" if clock.time() - began < 2.5 else "failed")
