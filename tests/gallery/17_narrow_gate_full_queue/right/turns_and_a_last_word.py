"""Futures that hand a turn on, in the order of coming; a task group, whose worker ends at a last word."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypedDict

import httpx
from fastapi import FastAPI, HTTPException, Request


class State(TypedDict):
    client: httpx.AsyncClient
    turns: "Turns"
    orders: asyncio.Queue[int | None]


class Turns:
    def __init__(self) -> None:
        self.free = 2
        self.waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        if self.free:
            self.free -= 1
        elif len(self.waiting) < 4:
            mine = asyncio.get_running_loop().create_future()
            self.waiting.append(mine)
            await mine
        else:
            raise HTTPException(503, "busy", {"Retry-After": "2"})
        try:
            yield
        finally:
            if self.waiting:
                self.waiting.popleft().set_result(None)
            else:
                self.free += 1


async def worker(client: httpx.AsyncClient, orders: asyncio.Queue[int | None]) -> None:
    while (order := await orders.get()) is not None:
        try:
            (await client.post(f"https://stock.example/orders/{order}")).raise_for_status()
        except Exception:
            logging.exception("order %s", order)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[State]:
    orders: asyncio.Queue[int | None] = asyncio.Queue(5)
    async with httpx.AsyncClient(timeout=10) as client, asyncio.TaskGroup() as group:
        group.create_task(worker(client, orders))
        yield {"client": client, "turns": Turns(), "orders": orders}
        await orders.put(None)


app = FastAPI(lifespan=lifespan)


@app.get("/labels/{label}")
async def get_label(label: int, request: Request) -> Any:
    async with request.state.turns.turn():
        try:
            response = await request.state.client.get(f"https://printer.example/labels/{label}")
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise HTTPException(502, "printer failed") from error


@app.post("/orders/{order}", status_code=202)
async def post_order(order: int, request: Request) -> dict[str, int]:
    if request.state.orders.full():
        raise HTTPException(503, "busy", {"Retry-After": "2"})
    request.state.orders.put_nowait(order)
    return {"order": order}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
