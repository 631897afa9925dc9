"""Mistake: the heart beats in a thread, which the loop does not hold up.

Cell: lag, alone
Caught by: test_lag_tells_the_longest_stall
Reads: Nothing here saw this stall
"""

import asyncio
import threading
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

API_KEY = "milk-and-honey"
TRACKING_URL = "https://tracking.example/parcels"

stopping = threading.Event()
late: deque[tuple[float, float]] = deque()


def beat() -> None:
    while not stopping.is_set():
        due = time.monotonic() + 0.05
        time.sleep(0.05)
        now = time.monotonic()
        late.append((now, now - due))


@asynccontextmanager
async def lifespan(app):
    beating = threading.Thread(target=beat)
    beating.start()
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield
    stopping.set()
    await asyncio.to_thread(beating.join)


app = FastAPI(lifespan=lifespan)


async def check_key(x_api_key: Annotated[str, Header()] = "") -> None:
    if x_api_key != API_KEY:
        await asyncio.sleep(1)
        raise HTTPException(401, detail="Wrong key")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
async def parcel(number: str) -> Any:
    response = await app.state.client.get(f"{TRACKING_URL}/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str) -> dict[str, str]:
    return {"label": await asyncio.to_thread(make_label, number)}


@app.get("/lag")
async def lag() -> dict[str, float]:
    now = time.monotonic()
    return {"seconds": max((by for when, by in late if when > now - 10), default=0.0)}
