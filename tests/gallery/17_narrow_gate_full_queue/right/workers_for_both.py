"""Two workers print from a queue of four and set futures; a third one sends orders."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

Job = tuple[int, asyncio.Future[Any]]


async def printed(client: httpx.AsyncClient, label_id: int) -> Any:
    try:
        response = await client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error


async def send(client: httpx.AsyncClient, order_id: int) -> None:
    with contextlib.suppress(httpx.HTTPError):
        await client.post(f"https://stock.example/orders/{order_id}")


async def worker(queue: asyncio.Queue[Any], do: Callable[[Any], Awaitable[None]]) -> None:
    while True:
        item = await queue.get()
        try:
            await do(item)
        finally:
            queue.task_done()


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    jobs: asyncio.Queue[Job] = asyncio.Queue(4)
    orders: asyncio.Queue[int] = asyncio.Queue(5)
    async with httpx.AsyncClient() as client:

        async def do_print(job: Job) -> None:
            label_id, future = job
            try:
                future.set_result(await printed(client, label_id))
            except HTTPException as error:
                future.set_exception(error)

        async def do_send(order_id: int) -> None:
            await send(client, order_id)

        workers = [asyncio.create_task(worker(jobs, do_print)) for _ in range(2)]
        workers.append(asyncio.create_task(worker(orders, do_send)))
        app.state.jobs, app.state.orders = jobs, orders
        yield
        await orders.join()
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


@app.exception_handler(asyncio.QueueFull)
async def full(request: Request, error: asyncio.QueueFull) -> Any:
    return JSONResponse({"detail": "busy"}, 503, {"Retry-After": "30"})


@app.get("/labels/{label_id}")
async def print_label(label_id: int, request: Request) -> Any:
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    request.app.state.jobs.put_nowait((label_id, future))
    return await future


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int, request: Request) -> dict[str, int]:
    request.app.state.orders.put_nowait(order_id)
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
