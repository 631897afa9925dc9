"""Mistake: The deadline is for the heads of the answers: the bodies are read outside.

Cell: deadline, slow
Caught by: test_silence_is_504_when_two_seconds_are_over
Reads: its caller has an answer
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
        async with asyncio.timeout_at(until):
            response = await http.send(sent, stream=True)
        await response.aread()
        if response.status_code in (429, 503):
            after = response.headers.get("retry-after", "1")
            raise HTTPException(503, "Try again later", {"retry-after": after})
        if response.status_code == 404 and key == "warehouse":
            raise HTTPException(404, "No such item")
        response.raise_for_status()
        return response.json()[key]
    except TimeoutError:
        raise
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise HTTPException(502, "Bad gateway") from error


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    http: httpx.AsyncClient = request.app.state.http
    until = asyncio.get_running_loop().time() + 2
    try:
        warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse", until)
        price = await ask(http, f"{SHIPPING}/{warehouse}", "price", until)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
