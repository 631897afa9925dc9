"""Plain functions in threads: semaphores that are tried without waiting, a queue.Queue, a thread as the worker."""

import contextlib
import queue
import threading
from collections.abc import AsyncGenerator
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool

BUSY = HTTPException(503, "busy", headers={"Retry-After": "2"})

client = httpx.Client()
house = threading.Semaphore(6)
gate = threading.Semaphore(2)
orders: queue.Queue[int | None] = queue.Queue(5)


def work() -> None:
    while (order_id := orders.get()) is not None:
        with contextlib.suppress(httpx.HTTPError):
            client.post(f"https://stock.example/orders/{order_id}")


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    worker = threading.Thread(target=work)
    worker.start()
    yield
    await run_in_threadpool(orders.put, None)
    await run_in_threadpool(worker.join)
    client.close()


app = FastAPI(lifespan=lifespan)


@app.get("/labels/{label_id}")
def print_label(label_id: int) -> Any:
    if not house.acquire(blocking=False):
        raise BUSY
    try:
        with gate:
            response = client.get(f"https://printer.example/labels/{label_id}")
        return response.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise HTTPException(502, "printer failed") from error
    finally:
        house.release()


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int) -> dict[str, int]:
    try:
        orders.put_nowait(order_id)
    except queue.Full:
        raise BUSY from None
    return {"order": order_id}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
