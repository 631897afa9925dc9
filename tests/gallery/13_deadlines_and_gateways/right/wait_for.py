"""`wait_for` round a coroutine that makes both calls; a client for each request."""

import asyncio
import time
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"


app = FastAPI()


async def ask(http: httpx.AsyncClient, url: str, key: str, until: float) -> Any:
    left = until - time.monotonic()
    try:
        response = await http.get(url, headers={"x-time-left-ms": str(round(left * 1000))})
        if response.status_code in (429, 503):
            after = response.headers.get("retry-after", "1")
            raise HTTPException(503, "Try again later", {"retry-after": after})
        if response.status_code == 404 and key == "warehouse":
            raise HTTPException(404, "No such item")
        response.raise_for_status()
        return response.json()[key]
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise HTTPException(502, "Bad gateway") from error


async def both(sku: str) -> dict[str, Any]:
    until = time.monotonic() + 2
    async with httpx.AsyncClient(timeout=10) as http:
        warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse", until)
        price = await ask(http, f"{SHIPPING}/{warehouse}", "price", until)
    return {"sku": sku, "warehouse": warehouse, "price": price}


@app.get("/quotes/{sku}")
async def quote(sku: str) -> dict[str, Any]:
    try:
        return await asyncio.wait_for(both(sku), 2)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
