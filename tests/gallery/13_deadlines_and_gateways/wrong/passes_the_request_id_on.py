"""Mistake: the customer's `x-request-id` is sent on to both services.

Cell: headers, values
Caught by: test_no_header_of_a_service_is_copied
Reads: No header of the customer goes along
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
    async with httpx.AsyncClient(timeout=None) as http:
        app.state.http = http
        yield


app = FastAPI(lifespan=lifespan)


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def bad_gateway() -> HTTPException:
    return HTTPException(502, "Bad gateway")


async def ask(url: str, key: str, deadline: asyncio.Timeout, trace: str | None) -> Any:
    left = max(0, int((deadline.when() - asyncio.get_running_loop().time()) * 1000))
    headers = {"x-time-left-ms": str(left)}
    if trace is not None:
        headers["x-request-id"] = trace
    try:
        response = await app.state.http.get(url, headers=headers)
    except httpx.HTTPError as error:
        raise bad_gateway() from error
    if response.status_code in (429, 503):
        after = response.headers.get("Retry-After", "1")
        raise HTTPException(503, "Try again later", headers={"Retry-After": after})
    if response.status_code == 404 and url.startswith(STOCK):
        raise HTTPException(404, "No such item")
    if response.status_code != 200:
        raise bad_gateway()
    try:
        data = response.json(parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise bad_gateway() from error
    if not isinstance(data, dict) or key not in data:
        raise bad_gateway()
    return data[key]


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    trace = request.headers.get("x-request-id")
    try:
        async with asyncio.timeout(2) as deadline:
            warehouse = await ask(f"{STOCK}/{sku}", "warehouse", deadline, trace)
            price = await ask(f"{SHIPPING}/{warehouse}", "price", deadline, trace)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
