"""Mistake: the stream of a 404 or a failure is never closed, and there is room for twenty.

Cell: parcel, failures
Caught by: test_a_parcel_is_passed_on_as_it_came
Reads: The handler raised PoolTimeout
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
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


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    late.clear()
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=20)) as client:
        with ThreadPoolExecutor(max_workers=64, thread_name_prefix="label") as pool:
            app.state.client = client
            app.state.pool = pool
            heart = asyncio.create_task(beat(time.monotonic()))
            try:
                yield
            finally:
                heart.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await heart


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
    request = app.state.client.build_request("GET", f"{TRACKING_URL}/{number}")
    response = await app.state.client.send(request, stream=True)
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    return {"label": await loop.run_in_executor(app.state.pool, make_label, number)}


@app.get("/lag")
async def lag() -> dict[str, float]:
    """Say how long the loop stood still at most in the last ten seconds."""
    now = time.monotonic()
    recent = (seconds for at, seconds in late if now - at <= MEMORY)
    return {"seconds": max(0.0, max(recent, default=0.0))}
