"""Mistake: labels are made by five threads, which come to an empty stock one after the other.

Cell: others, together
Caught by: test_nobody_waits_because_labels_are_made
Reads: They stood in a queue
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

BEAT = 0.1
REMEMBERED = 10.0


class Heart:
    """Sleeps a little, again and again. How much later than asked for it wakes is the lag of the loop."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque()

    async def beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT
            await asyncio.sleep(BEAT)
            now = loop.time()
            self._late.append((now, now - due))
            while self._late[0][0] < now - REMEMBERED:
                self._late.popleft()

    def longest(self) -> float:
        return max((late for _, late in self._late), default=0.0)


heart = Heart()
LABELS = ThreadPoolExecutor(5)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # A stall cannot be seen by a request that comes after it. So something has to watch all the time,
    # on the loop itself, from the first moment on.
    beating = asyncio.create_task(heart.beat())
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield
    # It has nothing to clean up, so nobody has to wait for its end.
    beating.cancel()
    LABELS.shutdown()


app = FastAPI(lifespan=lifespan)


async def check_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
    if x_api_key != API_KEY:
        # Whoever tries out keys shall wait, and nobody else.
        await asyncio.sleep(1)
        raise HTTPException(401, detail="Wrong key")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
async def parcel(number: str) -> Any:
    # For this wait there is an async twin of the library, so no thread is needed.
    response = await app.state.client.get(f"{TRACKING_URL}/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str) -> dict[str, str]:
    # Nine times out of ten this returns at once. What counts is the tenth.
    return {"label": await asyncio.get_running_loop().run_in_executor(LABELS, make_label, number)}


@app.get("/lag")
async def lag() -> dict[str, float]:
    return {"seconds": heart.longest()}
