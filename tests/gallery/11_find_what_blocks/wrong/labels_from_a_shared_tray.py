"""Mistake: the labels of all requests lie in one tray, and each takes the next out of it.

Cell: label, mixed
Caught by: test_each_label_is_new_and_for_its_parcel
Reads: Pass on what make_label returned for this parcel, unchanged
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

API_KEY = "milk-and-honey"
TRACKING_URL = "https://tracking.example/parcels"
PERIOD = 0.05
MEMORY = 10.0

late: deque[tuple[float, float]] = deque()


async def beat(last: float) -> None:
    """Write down how late each beat is, and when it came."""
    while True:
        await asyncio.sleep(PERIOD)
        now = time.monotonic()
        late.append((now, now - last - PERIOD))
        last = now
        while late and now - late[0][0] > MEMORY:
            late.popleft()


def print_labels(
    orders: "queue.SimpleQueue[str | None]",
    loop: asyncio.AbstractEventLoop,
    tray: "asyncio.Queue[str]",
) -> None:
    """Runs in a thread, until a None comes."""
    while (number := orders.get()) is not None:
        text = make_label(number)
        loop.call_soon_threadsafe(tray.put_nowait, text)


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    late.clear()
    async with httpx.AsyncClient() as client:
        app.state.client = client
        app.state.orders = queue.SimpleQueue()
        app.state.tray = asyncio.Queue()
        printing = (app.state.orders, asyncio.get_running_loop(), app.state.tray)
        threads = [threading.Thread(target=print_labels, args=printing) for _ in range(64)]
        for thread in threads:
            thread.start()
        heart = asyncio.create_task(beat(time.monotonic()))
        try:
            yield
        finally:
            heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heart
            for _ in threads:
                app.state.orders.put(None)
            for thread in threads:
                thread.join()


app = FastAPI(lifespan=lifespan)


async def check_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
    """Refuse a wrong key, but only after a second, so that nobody tries out thousands."""
    if x_api_key != API_KEY:
        await asyncio.sleep(1)
        raise HTTPException(401, detail="Wrong key")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
async def parcel(number: str) -> Any:
    """Say where a parcel is, as the tracking service knows it."""
    response = await app.state.client.get(f"{TRACKING_URL}/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str) -> dict[str, str]:
    app.state.orders.put(number)
    return {"label": await app.state.tray.get()}


@app.get("/lag")
async def lag() -> dict[str, float]:
    """Say how long the loop stood still at most in the last ten seconds."""
    now = time.monotonic()
    recent = (seconds for at, seconds in late if now - at <= MEMORY)
    return {"seconds": max(0.0, max(recent, default=0.0))}
