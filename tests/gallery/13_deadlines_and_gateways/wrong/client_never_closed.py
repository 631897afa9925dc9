"""Mistake: The client is never closed.

Cell: waits, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: What is made for one request ends with it
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"


client = httpx.AsyncClient(timeout=None)

app = FastAPI()


async def ask(http: httpx.AsyncClient, url: str, key: str, until: float) -> Any:
    left = until - asyncio.get_running_loop().time()
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


@app.get("/quotes/{sku}")
async def quote(sku: str) -> dict[str, Any]:
    until = asyncio.get_running_loop().time() + 2
    try:
        async with asyncio.timeout_at(until):
            warehouse = await ask(client, f"{STOCK}/{sku}", "warehouse", until)
            price = await ask(client, f"{SHIPPING}/{warehouse}", "price", until)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
