"""A task that drains a deque and ends when it is empty; a dependency is the door; a client for each call."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse

waiting: deque[int] = deque()
drain: asyncio.Task[None] | None = None
queue_of_labels = 0
gate = asyncio.Semaphore(2)


class Busy(Exception):
    pass


async def send(order: int) -> None:
    try:
        async with asyncio.timeout(10), httpx.AsyncClient(timeout=None) as client:
            await client.post(f"https://stock.example/orders/{order}")
    except (httpx.RequestError, TimeoutError):
        pass


async def send_all(first: int) -> None:
    await send(first)
    while waiting:
        await send(waiting.popleft())


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield
    if drain is not None:
        await drain


async def door() -> AsyncGenerator[None]:
    global queue_of_labels
    if queue_of_labels >= 6:
        raise Busy
    queue_of_labels += 1
    try:
        yield
    finally:
        queue_of_labels -= 1


app = FastAPI(lifespan=lifespan)


@app.exception_handler(Busy)
async def busy(*_: Any) -> JSONResponse:
    seconds = max(1, math.ceil(queue_of_labels / 2))
    return JSONResponse({"detail": "busy"}, 503, headers={"retry-after": str(seconds)})


@app.get("/labels/{label}")
async def get_label(label: int, _: Annotated[None, Depends(door)]) -> Any:
    async with gate:
        try:
            async with asyncio.timeout(10), httpx.AsyncClient(timeout=None) as client:
                response = await client.get(f"https://printer.example/labels/{label}")
                if response.is_error:
                    raise HTTPException(502, "printer failed")
                return response.json()
        except (httpx.RequestError, TimeoutError, ValueError):
            raise HTTPException(502, "printer failed") from None


@app.post("/orders/{order}", status_code=202)
async def post_order(order: int) -> dict[str, int]:
    global drain
    if drain is None or drain.done():
        drain = asyncio.create_task(send_all(order))
    elif len(waiting) >= 5:
        raise Busy
    else:
        waiting.append(order)
    return {"order": order}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
