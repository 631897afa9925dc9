"""Mistake: nobody ends the worker.

Cell: closed, alone
Caught by: test_the_shutdown_waits_until_all_orders_are_sent
Reads: What the startup has begun the shutdown ends, once the queue is empty
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

BUSY = HTTPException(503, "busy", headers={"Retry-After": "1"})


class Printer:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.gate = asyncio.Semaphore(2)
        self.inside = 0

    async def label(self, label_id: int) -> Any:
        if self.inside >= 6:
            raise BUSY
        self.inside += 1
        try:
            async with self.gate:
                return await self.printed(label_id)
        finally:
            self.inside -= 1

    async def printed(self, label_id: int) -> Any:
        try:
            response = await self.client.get(f"https://printer.example/labels/{label_id}")
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise HTTPException(502, "printer failed") from error


async def work(client: httpx.AsyncClient, orders: asyncio.Queue[int]) -> None:
    while True:
        order_id = await orders.get()
        try:
            response = await client.post(f"https://stock.example/orders/{order_id}")
            response.raise_for_status()
        except httpx.HTTPError as error:
            print(f"order {order_id} was not taken: {error}")
        finally:
            orders.task_done()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        orders: asyncio.Queue[int] = asyncio.Queue(5)
        app.state.worker = asyncio.create_task(work(client, orders))
        app.state.printer = Printer(client)
        app.state.orders = orders
        yield
        await orders.join()


app = FastAPI(lifespan=lifespan)


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request) -> Any:
    printer: Printer = request.app.state.printer
    return await printer.label(label_id)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request) -> dict[str, int]:
    orders: asyncio.Queue[int] = request.app.state.orders
    try:
        orders.put_nowait(order_id)
    except asyncio.QueueFull:
        raise BUSY from None
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
