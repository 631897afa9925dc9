"""A transport of one's own adds the header; the deadline is in a context variable."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"


deadline: ContextVar[float] = ContextVar("deadline")


class Punctual(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        left = deadline.get() - asyncio.get_running_loop().time()
        request.headers["x-time-left-ms"] = str(int(left * 1000))
        return await super().handle_async_request(request)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=None, transport=Punctual()) as client:
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


async def ask(http: httpx.AsyncClient, url: str, key: str) -> Any:
    try:
        response = await http.get(url)
        if response.status_code in (429, 503):
            after = response.headers.get("retry-after", "1")
            raise HTTPException(503, "Try again later", {"retry-after": after})
        if response.status_code == 404 and key == "warehouse":
            raise HTTPException(404, "No such item")
        response.raise_for_status()
        return response.json()[key]
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise HTTPException(502, "Bad gateway") from error


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    http: httpx.AsyncClient = request.app.state.http
    until = asyncio.get_running_loop().time() + 2
    deadline.set(until)
    try:
        async with asyncio.timeout_at(until):
            warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse")
            price = await ask(http, f"{SHIPPING}/{warehouse}", "price")
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
