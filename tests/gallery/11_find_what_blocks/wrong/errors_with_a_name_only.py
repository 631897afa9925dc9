"""Mistake: only statuses with a standard name are taken for errors.

Cell: parcel, values
Caught by: test_a_parcel_is_passed_on_as_it_came
Reads: with a standard name or without
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

API_KEY = "milk-and-honey"
TRACKING_URL = "https://tracking.example/parcels"


async def beat(late: deque[tuple[float, float]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.1
        await asyncio.sleep(0.1)
        now = loop.time()
        late.append((now, now - due))
        while late[0][0] < now - 11:
            late.popleft()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.late = deque()
    heart = asyncio.create_task(beat(app.state.late))
    limits = httpx.Limits(max_connections=None)
    pool = ThreadPoolExecutor(64)
    try:
        async with httpx.AsyncClient(limits=limits, timeout=None) as client:
            app.state.client = client
            app.state.pool = pool
            yield
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)
        pool.shutdown()


app = FastAPI(lifespan=lifespan)


async def check_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
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
    if response.status_code in range(400, 512):
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    return {"label": await loop.run_in_executor(app.state.pool, make_label, number)}


@app.get("/lag")
async def lag() -> dict[str, float]:
    now = asyncio.get_running_loop().time()
    return {
        "seconds": max((much for when, much in app.state.late if when >= now - 10), default=0.0)
    }
