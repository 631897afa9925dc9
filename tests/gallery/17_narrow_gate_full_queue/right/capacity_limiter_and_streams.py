"""anyio: a CapacityLimiter that tells who waits, a memory object stream with a buffer, a task group."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

import anyio
import httpx
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastapi import FastAPI, HTTPException, Request

BUSY = HTTPException(503, "busy", headers={"Retry-After": "2"})


class Shop(NamedTuple):
    client: httpx.AsyncClient
    limiter: anyio.CapacityLimiter
    orders: MemoryObjectSendStream[int]


async def send(client: httpx.AsyncClient, order_id: int) -> None:
    with contextlib.suppress(httpx.HTTPError):
        await client.post(f"https://stock.example/orders/{order_id}")


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


async def work(client: httpx.AsyncClient, orders: MemoryObjectReceiveStream[int]) -> None:
    async with orders:
        async for order_id in orders:
            await send(client, order_id)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Shop]]:
    inlet, outlet = anyio.create_memory_object_stream[int](5)
    async with httpx.AsyncClient() as client, anyio.create_task_group() as group:
        group.start_soon(work, client, outlet)
        async with inlet:
            yield {"shop": Shop(client, anyio.CapacityLimiter(2), inlet)}


app = FastAPI(lifespan=lifespan)


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request) -> Any:
    shop: Shop = request.state.shop
    if shop.limiter.statistics().tasks_waiting >= 4:
        raise BUSY
    async with shop.limiter:
        return await printed(shop.client, label_id)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request) -> dict[str, int]:
    shop: Shop = request.state.shop
    try:
        shop.orders.send_nowait(order_id)
    except anyio.WouldBlock:
        raise BUSY from None
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
