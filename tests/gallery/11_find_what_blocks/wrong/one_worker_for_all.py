"""Mistake: all that blocks goes to a pool of one thread, and stands in line there.

Cell: others, together
Caught by: test_nobody_waits_because_tracking_is_slow
Reads: They stood in a queue
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

API_KEY = "milk-and-honey"
TRACKING_URL = "https://tracking.example/parcels"

late: deque[tuple[float, float]] = deque()


async def beat() -> None:
    while True:
        due = time.monotonic() + 0.05
        await asyncio.sleep(0.05)
        now = time.monotonic()
        late.append((now, now - due))


@asynccontextmanager
async def lifespan(app):
    beating = asyncio.create_task(beat())
    with ThreadPoolExecutor(1) as app.state.pool:
        yield
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


async def check_key(x_api_key: Annotated[str, Header()] = "") -> None:
    if x_api_key != API_KEY:
        await asyncio.sleep(1)
        raise HTTPException(401, detail="Wrong key")


async def off_the_loop(call: Callable[..., Any], *args: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(app.state.pool, call, *args)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
async def parcel(number: str) -> Any:
    response = await off_the_loop(httpx.get, f"{TRACKING_URL}/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str) -> dict[str, str]:
    return {"label": await off_the_loop(make_label, number)}


@app.get("/lag")
async def lag() -> dict[str, float]:
    now = time.monotonic()
    return {"seconds": max((by for when, by in late if when > now - 10), default=0.0)}
