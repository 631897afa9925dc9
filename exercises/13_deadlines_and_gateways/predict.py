"""Each of two calls takes a second and a half. Both have one deadline, two seconds from the start.

What is printed last?
After how many seconds is it over?
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/quote")
async def quote() -> None:
    try:
        async with asyncio.timeout(2), httpx.AsyncClient(timeout=2) as http:
            await http.get("https://stock.example/tea")
            print("stock has answered")
            await http.get("https://shipping.example/tea")
            print("shipping has answered")
    except (httpx.TimeoutException, TimeoutError):
        print("time is up")


async def main(client: httpx.AsyncClient, upstream: Any) -> None:
    upstream.get("https://stock.example/tea", takes=1.5).respond(json={})
    upstream.get("https://shipping.example/tea", takes=1.5).respond(json={})
    await client.get("/quote")
