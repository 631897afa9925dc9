"""Right: whatever blocks stands in a plain def, and the heart beats on a timer of the loop."""

import asyncio
import time

import httpx
from fastapi import Depends, FastAPI, Header, HTTPException
from labels import make_label

stalls = []


class Heart:
    def start(self):
        self.loop = asyncio.get_running_loop()
        self._next()

    def _next(self):
        self.due = self.loop.time() + 0.1
        self.timer = self.loop.call_at(self.due, self._beat)

    def _beat(self):
        now = self.loop.time()
        stalls[:] = [each for each in stalls if each[0] > now - 10]
        if now - self.due > 0.01:
            stalls.append((now, now - self.due))
        self._next()


heart = Heart()


async def lifespan(app):
    heart.start()
    yield
    heart.timer.cancel()


app = FastAPI(lifespan=lifespan)


def check_key(x_api_key: str = Header("")):
    if x_api_key != "milk-and-honey":
        time.sleep(1)
        raise HTTPException(401, detail="Wrong key")


@app.get("/ping")
async def ping():
    return {"ping": "pong"}


@app.get("/parcels/{number}", dependencies=[Depends(check_key)])
def parcel(number: str):
    response = httpx.get(f"https://tracking.example/parcels/{number}")
    if response.status_code == 404:
        raise HTTPException(404, detail="No such parcel")
    if response.is_error:
        raise HTTPException(502, detail="Tracking is down")
    return response.json()


@app.post("/parcels/{number}/label", dependencies=[Depends(check_key)])
def label(number: str):
    return {"label": make_label(number)}


@app.get("/lag")
async def lag():
    now = heart.loop.time()
    return {"seconds": max((by for when, by in stalls if when > now - 10), default=0)}
