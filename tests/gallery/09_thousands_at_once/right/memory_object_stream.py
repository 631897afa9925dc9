"""anyio's memory object stream feeds five workers in a task group of the lifespan."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpx
from anyio.streams.memory import MemoryObjectReceiveStream
from fastapi import FastAPI, Request


@dataclass
class Order:
    item: int
    price: float | None = None
    done: anyio.Event = field(default_factory=anyio.Event)


async def work(client: httpx.AsyncClient, orders: MemoryObjectReceiveStream[Order]) -> None:
    async with orders:
        async for order in orders:
            try:
                response = await client.get(f"https://prices.example/items/{order.item}")
                if response.status_code == 200:
                    order.price = response.json()["price"]
            except (httpx.RequestError, ValueError):
                pass
            finally:
                order.done.set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    send, receive = anyio.create_memory_object_stream[Order](100)
    async with httpx.AsyncClient() as client, anyio.create_task_group() as workers:
        with receive:
            for _ in range(5):
                workers.start_soon(work, client, receive.clone())
        app.state.send = send
        async with send:
            yield


app = FastAPI(lifespan=lifespan)


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    orders = [Order(item) for item in range(1, 21)]
    for order in orders:
        await request.app.state.send.send(order)
    for order in orders:
        await order.done.wait()
    return {"prices": [order.price for order in orders]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await anyio.sleep(0.5)
    return {"done": True}
