"""Mistake: a dependency makes a client for each request.

Cell: share, again
Caught by: test_requests_share_their_connections
Reads: A client that lives as long as the server keeps
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any

import httpx
from fastapi import Cookie, Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

SHOP_URL = "https://shop.example"


def new_jar() -> CookieJar:
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


async def client_of_the_request() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=SHOP_URL) as client:
        yield client


Shop = Annotated[httpx.AsyncClient, Depends(client_of_the_request)]
app = FastAPI()


@app.get("/products/{number}")
async def product(number: str, client: Shop) -> Any:
    response = await client.get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str, client: Shop) -> Response:
    response = await client.get(f"/products/{number}/picture")
    if response.is_error:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(client: Shop, session: Annotated[str | None, Cookie()] = None) -> Response:
    headers = {"cookie": f"session={session}"} if session else {}
    response = await client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
