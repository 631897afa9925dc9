"""Mistake: Retry-After is what the last call took, in whole seconds.

Cell: at once, again
Caught by: test_whoever_finds_the_queue_full_is_refused_at_once
Reads: A refusal says when to come again
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

PRINTER = "https://printer.example/labels/"
STOCK = "https://stock.example/orders/"
log = logging.getLogger(__name__)


def busy() -> HTTPException:
    return HTTPException(503, "busy", headers={"Retry-After": "1"})


async def work(client: httpx.AsyncClient, queue: asyncio.Queue[int]) -> None:
    while True:
        order = await queue.get()
        try:
            (await client.post(f"{STOCK}{order}")).raise_for_status()
        except httpx.HTTPError:
            log.exception("order %s was not sent", order)
        finally:
            queue.task_done()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        app.state.gate = asyncio.Semaphore(2)
        app.state.inside = 0
        app.state.took = 1.0
        app.state.queue = asyncio.Queue(maxsize=5)
        worker = asyncio.create_task(work(client, app.state.queue))
        yield
        await app.state.queue.join()
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


async def fetch(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"{PRINTER}{label_id}")
        if response.status_code >= 400:
            raise HTTPException(502, "printer failed")
        return response.json()
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


@app.get("/labels/{label_id}")
async def print_label(label_id: int) -> Any:
    state = app.state
    if state.inside >= 6:
        raise HTTPException(503, "busy", headers={"Retry-After": str(int(state.took))})
    state.inside += 1
    try:
        async with state.gate:
            begun = asyncio.get_running_loop().time()
            label = await fetch(state.client, label_id)
            state.took = asyncio.get_running_loop().time() - begun
            return label
    finally:
        state.inside -= 1


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int) -> dict[str, int]:
    try:
        app.state.queue.put_nowait(order_id)
    except asyncio.QueueFull:
        raise busy() from None
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
