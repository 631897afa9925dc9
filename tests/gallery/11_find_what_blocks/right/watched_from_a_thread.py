"""Right: a thread asks the loop for a sign of life, and measures how long it waits for it."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from labels import make_label

waits = []
stopping = threading.Event()


def watch(loop):
    while not stopping.wait(0.05):
        alive = threading.Event()
        asked = time.monotonic()
        try:
            loop.call_soon_threadsafe(alive.set)
        except RuntimeError:
            return
        alive.wait()
        now = time.monotonic()
        waits.append((now, now - asked))
        while waits[0][0] < now - 10:
            waits.pop(0)


async def lifespan(app):
    watcher = threading.Thread(target=watch, args=(asyncio.get_running_loop(),), daemon=True)
    watcher.start()
    with ThreadPoolExecutor(10) as app.state.pool:
        async with httpx.AsyncClient() as app.state.client:
            yield
    stopping.set()
    await asyncio.to_thread(watcher.join)


app = FastAPI(lifespan=lifespan)


async def check_key(x_api_key: str | None = Header(None)):
    if x_api_key == "milk-and-honey":
        return
    await asyncio.get_running_loop().run_in_executor(app.state.pool, time.sleep, 1)
    raise HTTPException(401, detail="Wrong key")


@app.get("/ping")
def ping():
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
async def parcel(number: str, request: Request):
    response = await request.app.state.client.get(f"https://tracking.example/parcels/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str):
    loop = asyncio.get_running_loop()
    return {"label": await loop.run_in_executor(app.state.pool, make_label, number)}


@app.get("/lag")
def lag():
    now = time.monotonic()
    return {"seconds": max([by for when, by in list(waits) if when > now - 10], default=0.0)}
