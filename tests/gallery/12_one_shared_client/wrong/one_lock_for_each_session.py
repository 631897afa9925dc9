"""Mistake: the baskets of one visitor are fetched one after the other, behind a lock for each session.

Cell: twenty, together
Caught by: test_twenty_wait_together_for_a_slow_shop
Reads: They stood in a queue
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any
from weakref import WeakValueDictionary

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

SHOP_URL = "https://shop.example"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    empty = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(base_url=SHOP_URL, cookies=empty) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)

locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def turn(session: str | None) -> asyncio.Lock:
    """One call at a time for each session, for its basket. A new visitor waits for nobody."""
    if not session:
        return asyncio.Lock()
    lock = locks.get(session)
    if lock is None:
        lock = locks[session] = asyncio.Lock()
    return lock


@app.get("/products/{number}")
async def product(number: str) -> Any:
    response = await app.state.client.get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str) -> Response:
    response = await app.state.client.get(f"/products/{number}/picture")
    if response.is_error:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, headers={"content-type": response.headers["content-type"]})


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    client: httpx.AsyncClient = app.state.client
    headers = {"cookie": f"session={session}"} if session else {}
    async with turn(session):
        response = await client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
