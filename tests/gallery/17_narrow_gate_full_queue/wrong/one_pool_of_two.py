"""Mistake: the client has two connections in all, so orders wait for labels.

Cell: independent, together
Caught by: test_labels_orders_and_ping_do_not_wait_for_each_other
Reads: Labels, orders and `/ping` share nothing
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.gate = Gate()
    app.state.queue = asyncio.Queue(maxsize=5)
    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=2), timeout=httpx.Timeout(5, pool=None)
    ) as app.state.client:
        worker = asyncio.create_task(work(app.state.client, app.state.queue))
        yield
        await app.state.queue.join()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


async def work(client: httpx.AsyncClient, queue: asyncio.Queue[int]) -> None:
    while True:
        order = await queue.get()
        try:
            await client.post(f"https://stock.example/orders/{order}")
        except httpx.HTTPError:
            log.exception("order %s was not sent", order)
        finally:
            queue.task_done()


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        if response.is_error:
            raise HTTPException(502, "printer failed")
        return response.json()
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


class Gate:
    def __init__(self) -> None:
        self.inside = 0
        self.two = asyncio.Semaphore(2)


@app.get("/labels/{label_id}")
async def print_label(label_id: int) -> Any:
    gate: Gate = app.state.gate
    if gate.inside == 6:
        raise HTTPException(503, "busy", headers={"Retry-After": "1"})
    gate.inside += 1
    try:
        async with gate.two:
            return await printed(app.state.client, label_id)
    finally:
        gate.inside -= 1


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int) -> dict[str, int]:
    try:
        app.state.queue.put_nowait(order_id)
    except asyncio.QueueFull:
        raise HTTPException(503, "busy", headers={"Retry-After": "1"}) from None
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
