"""Mistake: a call that takes longer than two seconds is given up.

Cell: independent, slow
Caught by: test_labels_orders_and_ping_do_not_wait_for_each_other
Reads: The call was good, and took three seconds
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

AT_WORK, WAITING = 2, 4
ORDERS_WAITING = 5

log = logging.getLogger(__name__)


def busy() -> HTTPException:
    return HTTPException(503, "busy", headers={"Retry-After": "1"})


class Printer:
    """The printer, its gate, and a count of those who are inside: at work or waiting."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.gate = asyncio.Semaphore(AT_WORK)
        self.inside = 0

    async def label(self, label_id: int) -> Any:
        # No `await` stands between looking and counting, so nobody can come between.
        if self.inside == AT_WORK + WAITING:
            raise busy()
        self.inside += 1
        try:
            async with self.gate:
                return await self._print(label_id)
        finally:
            # Whether it went well or not, and also if this request is cancelled while it waits.
            self.inside -= 1

    async def _print(self, label_id: int) -> Any:
        try:
            response = await self.client.get(f"https://printer.example/labels/{label_id}")
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise HTTPException(502, "printer failed") from error


async def send_orders(client: httpx.AsyncClient, orders: asyncio.Queue[int]) -> None:
    """Send what comes into the queue, one after the other, until cancelled."""
    while True:
        order_id = await orders.get()
        try:
            response = await client.post(f"https://stock.example/orders/{order_id}")
            response.raise_for_status()
        except httpx.HTTPError:
            # Uncaught, it would end this task, and no order would be sent any more: nobody awaits
            # the worker, so nobody would even be told.
            log.exception("order %d was not taken", order_id)
        finally:
            orders.task_done()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=2) as client:
        orders = asyncio.Queue[int](maxsize=ORDERS_WAITING)
        worker = asyncio.create_task(send_orders(client, orders))
        app.state.printer = Printer(client)
        app.state.orders = orders
        yield
        # A 202 was a promise. `join` waits until `task_done` was called for each order.
        await orders.join()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request) -> Any:
    printer: Printer = request.app.state.printer
    return await printer.label(label_id)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request) -> dict[str, int]:
    orders: asyncio.Queue[int] = request.app.state.orders
    try:
        # `await orders.put(...)` would wait for room, and with it the client.
        orders.put_nowait(order_id)
    except asyncio.QueueFull:
        raise busy() from None
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
