"""Three requests come at one moment. Each waits as long as it says.

What is printed first?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/wait")
async def wait(name: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    print(name)


async def main(client: httpx.AsyncClient) -> None:
    await asyncio.gather(
        client.get("/wait?name=Ada&seconds=3"),
        client.get("/wait?name=Barbara&seconds=1"),
        client.get("/wait?name=Grace&seconds=2"),
    )
