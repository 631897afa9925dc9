"""Right: threads of its own do what blocks, and the route looks every few milliseconds whether they are done."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label


async def patiently(app, call, *args):
    future = app.state.pool.submit(call, *args)
    while not future.done():
        await asyncio.sleep(0.005)
    return future.result()


def create_app():
    lags = []

    async def beat():
        while True:
            then = time.time()
            await asyncio.sleep(0.05)
            late = time.time() - then - 0.05
            if late > 0.04:
                lags.append((time.time(), late))

    async def lifespan(app):
        async with AsyncExitStack() as stack:
            app.state.pool = stack.enter_context(ThreadPoolExecutor(16))
            task = asyncio.create_task(beat())
            stack.callback(task.cancel)
            yield

    async def check_key(x_api_key: str = Header("")):
        if x_api_key != "milk-and-honey":
            until = time.monotonic() + 1
            while (left := until - time.monotonic()) > 0:
                await asyncio.sleep(left)
            raise HTTPException(401, detail="Wrong key")

    app = FastAPI(lifespan=lifespan)

    @app.get("/ping")
    async def ping():
        return {"ping": "pong"}

    @app.get("/parcels/{number}")
    async def parcel(number: str, _: None = Depends(check_key)):
        def look_up():
            with httpx.Client() as client:
                return client.get(f"https://tracking.example/parcels/{number}")

        response = await patiently(app, look_up)
        if response.status_code == 404:
            raise HTTPException(404, detail="No such parcel")
        if response.is_error:
            raise HTTPException(502, detail="Tracking is down")
        return response.json()

    @app.post("/parcels/{number}/label")
    async def label(number: str, _: None = Depends(check_key)):
        return {"label": await patiently(app, make_label, number)}

    @app.get("/lag")
    async def lag():
        recent = [by for when, by in lags if when > time.time() - 10]
        return {"seconds": max(recent, default=0)}

    return app


app = create_app()
