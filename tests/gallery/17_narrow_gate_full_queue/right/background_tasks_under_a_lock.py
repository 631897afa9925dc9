"""Orders are background tasks that take turns under a lock; whoever is inside is counted."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request

BUSY = HTTPException(503, "busy", headers={"Retry-After": "2"})


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


class Turnstile:
    """At most `at_work` inside and `waiting` before it. `enter` refuses at once, `turn` waits."""

    def __init__(self, at_work: int, waiting: int) -> None:
        self.free = at_work + waiting
        self.gate = asyncio.Semaphore(at_work)

    def enter(self) -> None:
        if not self.free:
            raise BUSY
        self.free -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        try:
            async with self.gate:
                yield
        finally:
            self.free += 1


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.labels, app.state.orders = Turnstile(2, 4), Turnstile(1, 5)
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request) -> Any:
    labels: Turnstile = request.app.state.labels
    labels.enter()
    async with labels.turn():
        return await printed(request.app.state.client, label_id)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(
    order_id: int, request: Request, background: BackgroundTasks
) -> dict[str, int]:
    orders: Turnstile = request.app.state.orders
    orders.enter()

    async def send() -> None:
        async with orders.turn():
            try:
                await request.app.state.client.post(f"https://stock.example/orders/{order_id}")
            except httpx.RequestError:
                pass

    background.add_task(send)
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
