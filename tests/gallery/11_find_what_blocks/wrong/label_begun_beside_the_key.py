"""Mistake: the label is begun while the key is looked at, to save time.

Cell: wrong key, again
Caught by: test_a_wrong_key_is_refused_after_a_second
Reads: Whoever has no key gets nothing done
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

API_KEY = "milk-and-honey"
TRACKING_URL = "https://tracking.example/parcels"
STEP = 0.05
WINDOW = 10.0

late: deque[tuple[float, float]] = deque()


async def beat(last: float) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(STEP)
        now = loop.time()
        late.append((now, now - last - STEP))
        last = now
        while late and late[0][0] < now - WINDOW - 1:
            late.popleft()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        late.clear()
        beating = asyncio.create_task(beat(asyncio.get_running_loop().time()))
        yield
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


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
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label")
async def label(number: str, x_api_key: Annotated[str | None, Header()] = None) -> dict[str, str]:
    made, _ = await asyncio.gather(asyncio.to_thread(make_label, number), check_key(x_api_key))
    return {"label": made}


@app.get("/lag")
async def lag() -> dict[str, float]:
    now = asyncio.get_running_loop().time()
    return {"seconds": max((by for at, by in late if now - at <= WINDOW), default=0.0)}
