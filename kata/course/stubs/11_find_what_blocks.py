"""11 · Find what blocks. The lesson is in README.md, beside this file."""

import asyncio
import time
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

API_KEY = "milk-and-honey"
TRACKING_URL = "https://tracking.example/parcels"

app = FastAPI()


async def check_key(x_api_key: Annotated[str | None, Header()] = None) -> None:
    """Refuse a wrong key, but only after a second, so that nobody tries out thousands."""
    if x_api_key != API_KEY:
        time.sleep(1)
        raise HTTPException(401, detail="Wrong key")


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
async def parcel(number: str) -> Any:
    """Say where a parcel is, as the tracking service knows it."""
    response = httpx.get(f"{TRACKING_URL}/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str) -> dict[str, str]:
    return {"label": make_label(number)}


@app.get("/lag")
async def lag() -> dict[str, float]:
    """Say how late the event loop is, in seconds."""
    began = time.perf_counter()
    await asyncio.sleep(0)
    return {"seconds": time.perf_counter() - began}
