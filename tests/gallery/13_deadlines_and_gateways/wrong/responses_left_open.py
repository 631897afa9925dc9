"""Mistake: Responses are streams, and those of bad statuses are never closed: the pool runs dry.

Cell: own, failures
Caught by: test_after_any_number_of_failures_the_next_request_is_served
Reads: neither read to its end nor closed keeps its connection
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
    async with httpx.AsyncClient(timeout=None) as client:
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


async def ask(http: httpx.AsyncClient, url: str, key: str, until: float) -> Any:
    left = until - asyncio.get_running_loop().time()
    try:
        sent = http.build_request("GET", url, headers={"x-time-left-ms": str(round(left * 1000))})
        response = await http.send(sent, stream=True)
        if response.status_code in (429, 503):
            after = response.headers.get("retry-after", "1")
            raise HTTPException(503, "Try again later", {"retry-after": after})
        if response.status_code == 404 and key == "warehouse":
            raise HTTPException(404, "No such item")
        response.raise_for_status()
        await response.aread()
        return response.json()[key]
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise HTTPException(502, "Bad gateway") from error


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    http: httpx.AsyncClient = request.app.state.http
    until = asyncio.get_running_loop().time() + 2
    try:
        async with asyncio.timeout_at(until):
            warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse", until)
            price = await ask(http, f"{SHIPPING}/{warehouse}", "price", until)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
