"""Right: all with anyio, a client for each request, and the lag in the state of the lifespan."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
import anyio.to_thread
import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Request, Security
from fastapi.security import APIKeyHeader
from labels import make_label

scheme = APIKeyHeader(name="x-api-key", auto_error=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Any]]:
    lags: dict[float, float] = {}

    async def beat() -> None:
        before = time.perf_counter()
        while True:
            await anyio.sleep(0.02)
            now = time.perf_counter()
            lags[now] = now - before - 0.02
            before = now
            for moment in [each for each in lags if each < now - 10]:
                del lags[moment]

    async with anyio.create_task_group() as group:
        group.start_soon(beat)
        yield {"lags": lags}
        group.cancel_scope.cancel()


async def with_key(key: Annotated[str | None, Security(scheme)]) -> None:
    if key != "milk-and-honey":
        await anyio.sleep(1)
        raise HTTPException(401, "Wrong key")


closed = APIRouter(prefix="/parcels/{number}", dependencies=[Security(with_key)])


@closed.get("")
async def parcel(number: str) -> Any:
    async with httpx.AsyncClient(base_url="https://tracking.example") as client:
        response = await client.get(f"/parcels/{number}")
    if response.is_success:
        return response.json()
    if response.status_code == 404:
        raise HTTPException(404, "No such parcel")
    raise HTTPException(502, "Tracking is down")


@closed.post("/label")
async def label(number: str) -> dict[str, str]:
    return {"label": await anyio.to_thread.run_sync(make_label, number)}


app = FastAPI(lifespan=lifespan)
app.include_router(closed)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/lag")
async def lag(request: Request) -> dict[str, float]:
    return {"seconds": max(request.state.lags.values(), default=0.0)}
