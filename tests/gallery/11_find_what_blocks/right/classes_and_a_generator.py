"""Right: the heart is an async generator, the services are classes, and a failure is an error of the domain."""

import asyncio
import itertools
from contextlib import asynccontextmanager, suppress

import httpx
from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from labels import make_label
from starlette.concurrency import run_in_threadpool


class Refused(Exception):
    def __init__(self, status, words):
        self.status, self.words = status, words


class Tracking:
    def __init__(self, client):
        self.client = client

    async def parcel(self, number):
        async with asyncio.timeout(4.5):
            response = await self.client.get(f"parcels/{number}")
        if response.status_code == 404:
            raise Refused(404, "No such parcel")
        if response.status_code != 200:
            raise Refused(502, "Tracking is down")
        return response.json()


async def lateness(every):
    loop = asyncio.get_running_loop()
    due = loop.time()
    for _ in itertools.count():
        due = loop.time() + every
        await asyncio.sleep(every)
        yield loop.time(), loop.time() - due


class Panel:
    def __init__(self):
        self.stalls = ()

    async def draw(self):
        async for moment, late in lateness(0.03):
            kept = [each for each in self.stalls if each[0] > moment - 10 and each[1] > late]
            self.stalls = (*kept, (moment, late))

    def longest(self):
        now = asyncio.get_running_loop().time()
        return next((late for moment, late in self.stalls if moment > now - 10), 0.0)


@asynccontextmanager
async def lifespan(app):
    panel = Panel()
    drawing = asyncio.create_task(panel.draw())
    client = httpx.AsyncClient(base_url="https://tracking.example/")
    yield {"tracking": Tracking(client), "panel": panel}
    await client.aclose()
    drawing.cancel()
    with suppress(asyncio.CancelledError):
        await drawing


app = FastAPI(lifespan=lifespan)


@app.exception_handler(Refused)
async def refused(request, error):
    return JSONResponse({"detail": error.words}, error.status)


async def check_key(x_api_key: str = Header("")):
    if x_api_key != "milk-and-honey":
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 1)
        raise Refused(401, "Wrong key")


@app.get("/ping")
async def ping():
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
async def parcel(number: str, request: Request):
    return await request.state.tracking.parcel(number)


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
async def label(number: str):
    return {"label": await run_in_threadpool(make_label, number)}


@app.get("/lag")
async def lag(request: Request):
    return {"seconds": round(request.state.panel.longest(), 3)}
