"""Mistake: the jar refuses the shop's domain, and a cookie that names that domain belongs to another one.

Cell: cookies, again
Caught by: test_no_visitor_gets_the_session_of_another
Reads: and not under shop.example
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

SHOP_URL = "https://shop.example"


NOT_FROM_THE_SHOP = DefaultCookiePolicy(blocked_domains=["shop.example"])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    jar = CookieJar(NOT_FROM_THE_SHOP)
    async with httpx.AsyncClient(base_url=SHOP_URL, cookies=jar) as client:
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
    response = await app.state.client.get(f"/products/{number}/picture")
    if response.is_error:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    headers = {"cookie": f"session={session}"} if session else {}
    response = await app.state.client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
