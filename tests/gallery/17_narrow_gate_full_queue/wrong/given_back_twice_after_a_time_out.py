"""Mistake: after a time-out the place is given back by hand, and by `async with` once more.

Cell: at a time, failures
Caught by: test_a_printer_that_is_silent_or_breaks_off_has_failed
Reads: gives it back once
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request, Response

log = logging.getLogger(__name__)


def refuse_constant(name: str) -> None:
    raise ValueError(name)


class Gate:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.inside = 0
        self.gate = asyncio.Semaphore(2)

    async def print(self, label_id: int) -> bytes:
        if self.inside >= 6:
            raise HTTPException(503, "busy", headers={"Retry-After": "1"})
        self.inside += 1
        try:
            async with self.gate:
                return await self.call(label_id)
        finally:
            self.inside -= 1

    async def call(self, label_id: int) -> bytes:
        try:
            response = await self.client.get(f"https://printer.example/labels/{label_id}")
            if response.status_code >= 400:
                raise HTTPException(502, "printer failed")
            json.loads(response.content, parse_constant=refuse_constant)
        except httpx.TimeoutException:
            self.gate.release()
            raise HTTPException(502, "printer failed") from None
        except (httpx.RequestError, ValueError, RecursionError):
            raise HTTPException(502, "printer failed") from None
        return response.content


async def work(client: httpx.AsyncClient, queue: asyncio.Queue[int]) -> None:
    while True:
        order = await queue.get()
        try:
            response = await client.post(f"https://stock.example/orders/{order}")
            if response.is_error:
                log.error("order %s: %s", order, response.status_code)
        except Exception:
            log.exception("order %s was not sent", order)
        finally:
            queue.task_done()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=4.5) as client:
        app.state.gate = Gate(client)
        app.state.queue = asyncio.Queue(maxsize=5)
        worker = asyncio.create_task(work(client, app.state.queue))
        try:
            yield
        finally:
            await app.state.queue.join()
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker


app = FastAPI(lifespan=lifespan)


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request) -> Any:
    content = await request.app.state.gate.print(label_id)
    return Response(content, media_type="application/json")


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request) -> dict[str, int]:
    try:
        request.app.state.queue.put_nowait(order_id)
    except asyncio.QueueFull:
        raise HTTPException(503, "busy", headers={"Retry-After": "2"}) from None
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
