"""A heartbeat sleeps for a second, twice. Half a second after its start, a label blocks the loop for two.

What is printed first?
After how many seconds is it over?
"""

import asyncio
import time

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/label")
async def label() -> None:
    await asyncio.sleep(0.5)
    time.sleep(2)


async def heartbeat() -> None:
    loop = asyncio.get_running_loop()
    for _ in range(2):
        due = loop.time() + 1
        await asyncio.sleep(1)
        print(round(loop.time() - due, 1))


async def main(client: httpx.AsyncClient) -> None:
    await asyncio.gather(heartbeat(), client.get("/label"))
