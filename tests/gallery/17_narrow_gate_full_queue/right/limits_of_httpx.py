"""The pool of a client is the gate, without a time-out; a dependency counts who is inside; a task sends while there is something."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request

BUSY = HTTPException(503, "busy", headers={"Retry-After": "2"})


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


async def send(client: httpx.AsyncClient, order_id: int) -> None:
    with contextlib.suppress(httpx.HTTPError):
        await client.post(f"https://stock.example/orders/{order_id}")


class Orders:
    """A task runs while there are orders."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.waiting: deque[int] = deque()
        self.task: asyncio.Task[None] | None = None

    def add(self, order_id: int) -> None:
        if len(self.waiting) == 5:
            raise BUSY
        self.waiting.append(order_id)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        while self.waiting:
            await send(self.client, self.waiting.popleft())


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=2)
    timeout = httpx.Timeout(5, pool=None)
    async with (
        httpx.AsyncClient(limits=limits, timeout=timeout) as app.state.printer,
        httpx.AsyncClient() as other,
    ):
        app.state.inside = 0
        app.state.orders = orders = Orders(other)
        yield
        if orders.task is not None:
            await orders.task


app = FastAPI(lifespan=lifespan)


async def room(request: Request) -> AsyncGenerator[httpx.AsyncClient]:
    state = request.app.state
    if state.inside >= 6:
        raise BUSY
    state.inside += 1
    try:
        yield state.printer
    finally:
        state.inside -= 1


@app.get("/labels/{label_id}")
async def print_label(label_id: int, client: Annotated[httpx.AsyncClient, Depends(room)]) -> Any:
    return await printed(client, label_id)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request) -> dict[str, int]:
    request.app.state.orders.add(order_id)
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
