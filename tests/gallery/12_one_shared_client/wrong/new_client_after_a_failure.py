"""Mistake: after a failure a new client takes the place of the old one, which stays open.

Cell: nothing left, failures
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: An HTTP client keeps its connections open until it is closed
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

SHOP_URL = "https://shop.example"


def make_client() -> httpx.AsyncClient:
    empty = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(base_url=SHOP_URL, cookies=empty)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.client = make_client()
    try:
        yield
    finally:
        await app.state.client.aclose()


app = FastAPI(lifespan=lifespan)


async def ask(path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    try:
        return await app.state.client.get(path, headers=headers)
    except httpx.TransportError:
        app.state.client = make_client()
        raise HTTPException(502, detail="The shop does not answer") from None


@app.get("/products/{number}")
async def product(number: str) -> Any:
    response = await ask(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str) -> Response:
    response = await ask(f"/products/{number}/picture")
    if response.is_error:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, headers={"content-type": response.headers["content-type"]})


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    headers = {"cookie": f"session={session}"} if session else {}
    response = await ask("/basket", headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
