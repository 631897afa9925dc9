"""Mistake: `keepalive_expiry=0`, meant as "never", closes each connection as soon as it is free.

Cell: share, again
Caught by: test_requests_share_their_connections
Reads: One client opened them all
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

SHOP_URL = "https://shop.example"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    empty = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    limits = httpx.Limits(
        max_connections=100, max_keepalive_connections=20, keepalive_expiry=0
    )  # keep them
    async with httpx.AsyncClient(base_url=SHOP_URL, cookies=empty, limits=limits) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/products/{number}")
async def product(number: str) -> Any:
    client: httpx.AsyncClient = app.state.client
    response = await client.get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str) -> Response:
    client: httpx.AsyncClient = app.state.client
    response = await client.get(f"/products/{number}/picture")
    if response.is_error:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers.get("content-type"))


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    """Show the basket of whoever the shop knows by this session. It gives a new visitor a new one."""
    client: httpx.AsyncClient = app.state.client
    headers = {"cookie": f"session={session}"} if session else {}
    response = await client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
