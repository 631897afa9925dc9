"""Mistake: the ping needs a thread too, and there are ten for everything.

Cell: ping, mixed
Caught by: test_nobody_waits_because_labels_are_made
Reads: A ping waits for nothing
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import anyio.to_thread
import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

API_KEY = "milk-and-honey"
TRACKING_URL = "https://tracking.example/parcels"

late: deque[tuple[float, float]] = deque()


async def beat() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.05
        await asyncio.sleep(0.05)
        now = loop.time()
        late.append((now, now - due))
        while late and late[0][0] < now - 10:
            late.popleft()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.client = httpx.AsyncClient()
    late.clear()
    heart = asyncio.create_task(beat())
    anyio.to_thread.current_default_thread_limiter().total_tokens = 10
    yield
    heart.cancel()
    with suppress(asyncio.CancelledError):
        await heart
    await app.state.client.aclose()


app = FastAPI(lifespan=lifespan)


async def check_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
    if x_api_key != API_KEY:
        await asyncio.sleep(1)
        raise HTTPException(401, detail="Wrong key")


@app.get("/ping")
def ping() -> dict[str, str]:
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
def label(number: str) -> dict[str, str]:
    return {"label": make_label(number)}


@app.get("/lag")
async def lag() -> dict[str, float]:
    return {"seconds": max((seconds for _, seconds in late), default=0.0)}
