"""Two ask for a report at one moment, and a third one sends a ping.

What is printed first?
After how many seconds is "pong" printed?
"""

import asyncio
import time

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/report")
async def report(name: str) -> None:
    time.sleep(1)
    print(f"report for {name}")


@app.get("/ping")
async def ping() -> None:
    print("pong")


async def main(client: httpx.AsyncClient) -> None:
    await asyncio.gather(
        client.get("/report?name=Ada"),
        client.get("/report?name=Grace"),
        client.get("/ping"),
    )
