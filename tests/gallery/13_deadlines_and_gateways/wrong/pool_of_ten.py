"""Mistake: a pool of ten connections for all requests, for whose places they wait.

Cell: own, together
Caught by: test_requests_at_once_wait_together
Reads: a pool with fewer places makes some of them wait
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=10)
    async with httpx.AsyncClient(timeout=None, limits=limits) as http:
        app.state.http = http
        yield


app = FastAPI(lifespan=lifespan)


def no_constant(text: str) -> None:
    raise ValueError(text)


async def ask(
    http: httpx.AsyncClient, url: str, key: str, deadline: asyncio.Timeout, missing: HTTPException
) -> Any:
    left = int((deadline.when() - asyncio.get_running_loop().time()) * 1000)
    headers = {"x-time-left-ms": str(max(0, left))}
    try:
        async with http.stream("GET", url, headers=headers) as response:
            if response.status_code in (429, 503):
                after = response.headers.get("Retry-After", "1")
                raise HTTPException(503, "Try again later", {"Retry-After": after})
            if response.status_code == 404:
                raise missing
            if response.status_code != 200:
                raise HTTPException(502, "Bad gateway")
            await response.aread()
        found = response.json(parse_constant=no_constant)
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        raise HTTPException(502, "Bad gateway") from error
    if not isinstance(found, dict) or key not in found:
        raise HTTPException(502, "Bad gateway")
    return found[key]


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    http = request.app.state.http
    no_item = HTTPException(404, "No such item")
    bad = HTTPException(502, "Bad gateway")
    try:
        async with asyncio.timeout(2) as deadline:
            warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse", deadline, no_item)
            price = await ask(http, f"{SHIPPING}/{warehouse}", "price", deadline, bad)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
