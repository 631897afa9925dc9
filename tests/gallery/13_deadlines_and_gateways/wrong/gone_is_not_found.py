"""Mistake: a 410 of stock is told as 404 too.

Cell: other status, values
Caught by: test_any_other_status_is_502
Reads: make a list of those
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(timeout=None, limits=limits) as http:
        app.state.http = http
        yield


app = FastAPI(lifespan=lifespan)


def bad_gateway() -> HTTPException:
    return HTTPException(502, detail="Bad gateway")


async def ask(url: str, key: str, deadline: asyncio.Timeout) -> Any:
    left = deadline.when() - asyncio.get_running_loop().time()
    headers = {"x-time-left-ms": str(max(0, round(left * 1000)))}
    try:
        response = await app.state.http.get(url, headers=headers)
    except httpx.HTTPError as error:
        raise bad_gateway() from error
    if response.status_code in (429, 503):
        wait = response.headers.get("retry-after", "1")
        raise HTTPException(503, detail="Try again later", headers={"retry-after": wait})
    if response.status_code in (404, 410) and key == "warehouse":
        raise HTTPException(404, detail="No such item")
    if response.status_code != 200:
        raise bad_gateway()
    try:
        body = response.json()
        json.dumps(body, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise bad_gateway() from error
    if not isinstance(body, dict) or key not in body:
        raise bad_gateway()
    return body[key]


@app.get("/quotes/{sku}")
async def quote(sku: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(2) as deadline:
            warehouse = await ask(f"{STOCK}/{sku}", "warehouse", deadline)
            price = await ask(f"{SHIPPING}/{warehouse}", "price", deadline)
    except TimeoutError as error:
        raise HTTPException(504, detail="Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
