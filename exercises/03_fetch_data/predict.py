"""The upstream takes two seconds for an answer. A call is written down first, and awaited later.

What is printed first?
After how many seconds is it over?
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/news")
async def news() -> None:
    async with httpx.AsyncClient() as http:
        call = http.get("https://news.example/today")
        await asyncio.sleep(1)
        print("coffee is ready")
        await call
        print("the news is here")


async def main(client: httpx.AsyncClient, upstream: Any) -> None:
    upstream.get("https://news.example/today", takes=2).respond(json=[])
    await client.get("/news")
