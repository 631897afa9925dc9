"""A wide semaphore for all who are inside, a narrow one for those at work; None ends the worker."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

BUSY = HTTPException(503, "busy", headers={"Retry-After": "2"})

client = httpx.AsyncClient()
house = asyncio.Semaphore(6)
gate = asyncio.Semaphore(2)
orders: asyncio.Queue[int | None] = asyncio.Queue()


async def send(client: httpx.AsyncClient, order_id: int) -> None:
    with contextlib.suppress(httpx.HTTPError):
        await client.post(f"https://stock.example/orders/{order_id}")


async def work() -> None:
    while (order_id := await orders.get()) is not None:
        await send(client, order_id)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    worker = asyncio.create_task(work())
    yield
    orders.put_nowait(None)
    await worker
    await client.aclose()


app = FastAPI(lifespan=lifespan)


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


@app.get("/labels/{label_id}")
async def print_label(label_id: int) -> Any:
    if house.locked():
        raise BUSY
    async with house, gate:
        return await printed(client, label_id)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int) -> dict[str, int]:
    if orders.qsize() >= 5:
        raise BUSY
    orders.put_nowait(order_id)
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
