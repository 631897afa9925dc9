"""The upstream takes eight seconds for an answer. Two clients ask it, one after the other.

What is printed first?
After how many seconds is it over?
"""

from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/stock")
async def stock(patience: float) -> None:
    try:
        async with httpx.AsyncClient(timeout=patience) as http:
            await http.get("https://stock.example/tea")
        print("here it is")
    except httpx.RequestError:
        print("it took too long")


async def main(client: httpx.AsyncClient, upstream: Any) -> None:
    upstream.get("https://stock.example/tea", takes=8).respond(json={})
    await client.get("/stock?patience=3")
    await client.get("/stock?patience=10")
