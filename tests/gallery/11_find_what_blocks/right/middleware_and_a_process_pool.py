"""Right: the key is looked at in a middleware, labels are made in processes, and the startup is an event."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from labels import make_label

app = FastAPI()
LAGS = []


async def beat():
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.1)
        LAGS.append((time.monotonic(), max(0, time.monotonic() - began - 0.1)))
        del LAGS[:-200]


@app.on_event("startup")
async def start():
    app.state.heart = asyncio.ensure_future(beat())
    app.state.pool = ProcessPoolExecutor(5)
    app.state.client = httpx.AsyncClient(timeout=None)


@app.on_event("shutdown")
async def stop():
    app.state.heart.cancel()
    app.state.pool.shutdown()
    await app.state.client.aclose()


@app.middleware("http")
async def check_key(request, call_next):
    if request.url.path.startswith("/parcels/"):
        if request.headers.get("x-api-key") != "milk-and-honey":
            await asyncio.sleep(1)
            return JSONResponse({"detail": "Wrong key"}, 401)
    return await call_next(request)


@app.get("/ping")
async def ping():
    return {"ping": "pong"}


@app.get("/parcels/{number}")
async def parcel(number: str):
    response = await app.state.client.get(f"https://tracking.example/parcels/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label")
async def label(number: str):
    loop = asyncio.get_running_loop()
    return {"label": await loop.run_in_executor(app.state.pool, make_label, number)}


@app.get("/lag")
async def lag():
    return {"seconds": max((by for when, by in LAGS if when >= time.monotonic() - 10), default=0.0)}
