"""No gate but httpx's own: one client for all, with five connections."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=5)
    async with httpx.AsyncClient(limits=limits) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    client: httpx.AsyncClient = request.app.state.client
    answers = await asyncio.gather(
        *(client.get(f"https://prices.example/items/{item}") for item in range(1, 21)),
        return_exceptions=True,
    )
    prices: list[float | None] = []
    for answer in answers:
        if isinstance(answer, httpx.Response) and answer.status_code == 200:
            prices.append(answer.json()["price"])
        else:
            prices.append(None)
    return {"prices": prices}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
