"""Mistake: the jar is emptied after each call: in between, others are served.

Cell: cookies, moments
Caught by: test_no_visitor_gets_the_session_of_another
Reads: A client keeps the cookies of all responses
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

SHOP_URL = "https://shop.example"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(base_url=SHOP_URL) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/products/{number}")
async def product(number: str) -> Any:
    response = await app.state.client.get(f"/products/{number}")
    app.state.client.cookies.clear()
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str) -> Response:
    response = await app.state.client.get(f"/products/{number}/picture")
    app.state.client.cookies.clear()
    if response.is_error:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(session: Annotated[str | None, Cookie()] = None) -> Response:
    headers = {"cookie": f"session={session}"} if session else {}
    response = await app.state.client.get("/basket", headers=headers)
    app.state.client.cookies.clear()
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
