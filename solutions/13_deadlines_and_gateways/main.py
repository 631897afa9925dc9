"""13 · Deadlines and gateways: the reference."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"
SECONDS = 2.0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # httpx's own time-outs, five seconds for each step, never come before the deadline.
    async with httpx.AsyncClient() as client:
        app.state.http = client
        yield


app = FastAPI(lifespan=lifespan)


async def ask(
    http: httpx.AsyncClient, url: str, key: str, deadline: asyncio.Timeout, *, may_not_know: bool
) -> Any:
    """What a service says under this key. If it may not know, its 404 is news for our caller."""
    at = deadline.when()
    assert at is not None
    left = timedelta(seconds=at - asyncio.get_running_loop().time())
    milliseconds = left // timedelta(milliseconds=1)
    try:
        response = await http.get(url, headers={"x-time-left-ms": str(milliseconds)})
        match response.status_code:
            case 429 | 503:
                after = response.headers.get("retry-after", "1")
                raise HTTPException(503, "Try again later", {"retry-after": after})
            case 404 if may_not_know:
                raise HTTPException(404, "No such item")
            case _:
                # No other is for our caller: 401 and 403 are about our key, 400 is about our call.
                return response.raise_for_status().json()[key]
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        # ValueError: no JSON, or no text. LookupError and TypeError: JSON of another shape.
        raise HTTPException(502, "Bad gateway") from error


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    http: httpx.AsyncClient = request.app.state.http
    try:
        async with asyncio.timeout(SECONDS) as deadline:
            warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse", deadline, may_not_know=True)
            # A 404 of shipping is no news for our caller: stock has just named this warehouse.
            price = await ask(
                http, f"{SHIPPING}/{warehouse}", "price", deadline, may_not_know=False
            )
    except TimeoutError as error:
        # Only outside of the block it is a TimeoutError; inside it is a cancellation, which ends the call.
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
