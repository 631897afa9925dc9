"""Mistake: if an answer breaks off, what has come until then is read all the same.

Cell: null, failures
Caught by: test_a_price_that_cannot_be_had_is_null
Reads: also if a whole price came before
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        app.state.gate = asyncio.Semaphore(5)
        yield


app = FastAPI(lifespan=lifespan)


async def price_of(client: httpx.AsyncClient, gate: asyncio.Semaphore, item: int) -> float | None:
    body = b""
    async with gate:
        try:
            async with client.stream("GET", f"https://prices.example/items/{item}") as response:
                response.raise_for_status()
                with contextlib.suppress(httpx.ReadError, httpx.RemoteProtocolError):
                    async for piece in response.aiter_bytes():
                        body += piece
            return json.loads(body)["price"]
        except (httpx.HTTPError, ValueError):
            return None


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    gate: asyncio.Semaphore = request.app.state.gate
    calls = [price_of(client, gate, item) for item in range(1, 21)]
    return {"prices": list(await asyncio.gather(*calls))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
