"""A middleware lets so many in by their path; a chain of tasks, each of which awaits the one before, sends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.gate = asyncio.Semaphore(2)
    app.state.inside = {"labels": 0, "orders": 0}
    app.state.chain = []
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield
        await asyncio.gather(*app.state.chain)


app = FastAPI(lifespan=lifespan)


@app.middleware("http")
async def door(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    kind = request.url.path.split("/")[1]
    inside = request.app.state.inside
    if kind not in inside:
        return await call_next(request)
    if inside[kind] == 6:
        return JSONResponse({"detail": "busy"}, 503, {"Retry-After": "5"})
    inside[kind] += 1
    try:
        return await call_next(request)
    finally:
        if kind == "labels":
            inside[kind] -= 1


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request) -> Any:
    async with request.app.state.gate:
        return await printed(request.app.state.client, label_id)


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request) -> dict[str, int]:
    state = request.app.state
    before = state.chain[-1] if state.chain else None

    async def send() -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await state.client.post(f"https://stock.example/orders/{order_id}")
        except httpx.RequestError as error:
            print("not sent:", order_id, error)
        finally:
            state.inside["orders"] -= 1

    state.chain = [*(task for task in state.chain if not task.done()), asyncio.create_task(send())]
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
