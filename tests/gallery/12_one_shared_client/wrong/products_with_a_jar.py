"""Mistake: products come through a second client, which keeps the cookies of the shop.

Cell: cookies, mixed
Caught by: test_no_visitor_gets_the_session_of_another
Reads: A client keeps the cookies of all responses
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
    async with httpx.AsyncClient(base_url=SHOP_URL) as client:
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
    request = app.state.client.build_request("GET", "/basket")
    request.headers["cookie"] = headers.get("cookie", "")
    response = await app.state.client.send(request)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
