"""One condition and two counters; the worker waits at a condition too."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request, Response


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


async def send(client: httpx.AsyncClient, order_id: int) -> None:
    with contextlib.suppress(httpx.HTTPError):
        await client.post(f"https://stock.example/orders/{order_id}")


class Gate:
    def __init__(self) -> None:
        self.at_work = 0
        self.waiting = 0
        self.changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def entered(self) -> AsyncGenerator[bool]:
        if self.at_work + self.waiting >= 6:
            yield False
            return
        self.waiting += 1
        try:
            async with self.changed:
                await self.changed.wait_for(lambda: self.at_work < 2)
                self.at_work += 1
        finally:
            self.waiting -= 1
        try:
            yield True
        finally:
            self.at_work -= 1
            async with self.changed:
                self.changed.notify_all()


class Worker:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.orders: list[int] = []
        self.closed = False
        self.news = asyncio.Event()

    def add(self, order_id: int) -> bool:
        if len(self.orders) < 5:
            self.orders.append(order_id)
            self.news.set()
            return True
        return False

    async def run(self) -> None:
        while self.orders or not self.closed:
            if self.orders:
                await send(self.client, self.orders.pop(0))
            else:
                self.news.clear()
                await self.news.wait()


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client, app.state.gate = client, Gate()
        app.state.worker = worker = Worker(client)
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run())
            yield
            worker.closed = True
            worker.news.set()


app = FastAPI(lifespan=lifespan)


def refuse(response: Response) -> dict[str, str]:
    response.status_code = 503
    response.headers["retry-after"] = "10"
    return {"detail": "busy"}


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request, response: Response) -> Any:
    async with request.app.state.gate.entered() as may_print:
        if may_print:
            return await printed(request.app.state.client, label_id)
    return refuse(response)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request, response: Response) -> Any:
    return {"order": order_id} if request.app.state.worker.add(order_id) else refuse(response)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
