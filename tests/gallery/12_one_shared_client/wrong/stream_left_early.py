"""Mistake: a picture is streamed, and its response closed before its end is read.

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


def new_jar() -> CookieJar:
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(base_url=SHOP_URL, cookies=new_jar()) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/products/{number}")
async def product(number: str) -> Any:
    response = await app.state.client.get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str) -> Response:
    client = app.state.client
    response = await client.send(
        client.build_request("GET", f"/products/{number}/picture"), stream=True
    )
    try:
        if response.is_error:
            raise HTTPException(404, detail="No picture")
        length = int(response.headers["content-length"])
        body = b""
        async for part in response.aiter_raw():
            body += part
            if len(body) >= length:
                break
        return Response(body, media_type=response.headers["content-type"])
    finally:
        await response.aclose()


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    headers = {"cookie": f"session={session}"} if session else {}
    response = await app.state.client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
