"""12 · One shared client: the reference."""

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
    # One pool of connections for all visitors, but nothing else of theirs: this jar takes no cookie in.
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
    # `get` reads the body to its end, whatever the status. Then the connection is free for the next.
    response = await app.state.client.get(f"/products/{number}/picture")
    if response.is_error:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    # What belongs to one visitor goes along with his request, and never onto the client.
    headers = {"cookie": f"session={session}"} if session else {}
    response = await app.state.client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    # The cookies of a response are its own, also where the client keeps none.
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
