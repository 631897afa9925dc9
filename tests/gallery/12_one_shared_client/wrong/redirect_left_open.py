"""Mistake: a redirect is refused, and its response is not closed.

Cell: holds, values
Caught by: test_what_fails_leaves_nothing_open
Reads: neither read to its end nor closed keeps its connection
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
    response = await client.send(
        client.build_request("GET", f"/products/{number}/picture"), stream=True
    )
    if response.is_error:
        await response.aclose()
        raise HTTPException(404, detail="No picture")
    if response.status_code != 200:
        raise HTTPException(502, detail="The shop has no picture here")
    return StreamingResponse(
        response.aiter_bytes(),
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
