"""Right: each request has a client, and so a jar, of its own, and all share the transport below."""

from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response


class Shared(httpx.AsyncBaseTransport):
    """Lends its transport out; whoever closes a client does not close that."""

    def __init__(self, transport):
        self.transport = transport

    async def handle_async_request(self, request):
        return await self.transport.handle_async_request(request)


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncHTTPTransport() as transport:
        yield {"shared": Shared(transport)}


async def visitor(request: Request):
    cookies = {"session": request.cookies["session"]} if "session" in request.cookies else None
    async with httpx.AsyncClient(
        base_url="https://shop.example", transport=request.state.shared, cookies=cookies
    ) as client:
        yield client


async def nobody(request: Request):
    async with httpx.AsyncClient(
        base_url="https://shop.example", transport=request.state.shared
    ) as client:
        yield client


Visitor = Annotated[httpx.AsyncClient, Depends(visitor)]
Nobody = Annotated[httpx.AsyncClient, Depends(nobody)]

app = FastAPI(lifespan=lifespan)


@app.get("/products/{number}")
async def product(number: str, client: Nobody):
    response = await client.get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str, client: Nobody):
    response = await client.get(f"/products/{number}/picture")
    if response.status_code != 200:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(client: Visitor):
    response = await client.get("/basket")
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
