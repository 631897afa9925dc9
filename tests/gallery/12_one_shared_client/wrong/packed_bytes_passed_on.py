"""Mistake: the bytes of a packed picture are passed on, and nobody says that they are packed.

Cell: picture, values
Caught by: test_requests_share_their_connections
Reads: The shop sent it packed with gzip
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

SHOP_URL = "https://shop.example"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    empty = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(base_url=SHOP_URL, cookies=empty) as client:
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
    client: httpx.AsyncClient = app.state.client
    request = client.build_request("GET", f"/products/{number}/picture")
    response = await client.send(request, stream=True)
    if response.is_error:
        await response.aclose()
        raise HTTPException(404, detail="No picture")
    return StreamingResponse(
        response.aiter_raw(),
        headers={"content-type": response.headers["content-type"]},
        background=BackgroundTask(response.aclose),
    )


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    headers = {"cookie": f"session={session}"} if session else {}
    response = await app.state.client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
