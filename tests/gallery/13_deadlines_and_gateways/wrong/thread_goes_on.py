"""Mistake: A sync client in a thread is given up by `wait_for`, and the thread goes on.

Cell: nothing goes on, slow
Caught by: test_no_call_goes_on_when_the_504_has_left
Reads: The caller has the answer, and the call goes on
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
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=None)) as client:
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


async def ask(http: httpx.Client, url: str, key: str, until: float) -> Any:
    left = until - asyncio.get_running_loop().time()
    try:
        response = await asyncio.to_thread(
            http.get, url, headers={"x-time-left-ms": str(round(left * 1000))}
        )
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
    http: httpx.Client = request.app.state.http
    until = asyncio.get_running_loop().time() + 2
    try:
        async with asyncio.timeout_at(until):
            warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse", until)
            price = await ask(http, f"{SHIPPING}/{warehouse}", "price", until)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
