"""Mistake: a picture is handed on with the shop's headers, and its cookies are among them.

Cell: session, alone
Caught by: test_a_visitor_is_known_by_his_own_session
Reads: Only a basket brings the visitor a cookie
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

SHOP_URL = "https://shop.example"
OF_THE_TRANSFER = {"connection", "content-encoding", "content-length", "transfer-encoding"}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(base_url=SHOP_URL, cookies=no_cookies) as client:
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
    headers = {
        name: value for name, value in response.headers.items() if name not in OF_THE_TRANSFER
    }
    return Response(response.content, headers=headers)


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    headers = {"cookie": f"session={session}"} if session else {}
    response = await app.state.client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
