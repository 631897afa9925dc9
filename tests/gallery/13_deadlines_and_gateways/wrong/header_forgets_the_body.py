"""Mistake: what is left for shipping is worked out when the head of stock's answer has come.

Cell: header, slow
Caught by: test_each_call_is_told_how_much_time_is_left
Reads: what is left of the two seconds of this request
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=None)) as http:
        app.state.http = http
        yield


app = FastAPI(lifespan=lifespan)


def bad_gateway() -> HTTPException:
    return HTTPException(502, "Bad gateway")


def refuse(constant: str) -> None:
    raise ValueError(constant)


def check(response: httpx.Response, missing: bool) -> None:
    status = response.status_code
    if status in (429, 503):
        raise HTTPException(
            503, "Try again later", {"Retry-After": response.headers.get("Retry-After", "1")}
        )
    if status == 404 and missing:
        raise HTTPException(404, "No such item")
    if status != 200:
        raise bad_gateway()


def value(response: httpx.Response, key: str) -> Any:
    try:
        data = response.json(parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise bad_gateway() from error
    if not isinstance(data, dict) or key not in data:
        raise bad_gateway()
    return data[key]


async def ask(
    http: httpx.AsyncClient, url: str, key: str, left: float, missing: bool = False
) -> tuple[Any, float]:
    started = time.perf_counter()
    try:
        async with http.stream(
            "GET", url, headers={"x-time-left-ms": str(int(left * 1000))}
        ) as response:
            left -= time.perf_counter() - started
            await response.aread()
    except httpx.HTTPError as error:
        raise bad_gateway() from error
    check(response, missing)
    return value(response, key), left


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    http = request.app.state.http
    try:
        async with asyncio.timeout(2):
            warehouse, left = await ask(http, f"{STOCK}/{sku}", "warehouse", 2.0, missing=True)
            price, _ = await ask(http, f"{SHIPPING}/{warehouse}", "price", left)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
