"""Mistake: the customer's authorization and cookies go to the services.

Cell: headers, values
Caught by: test_no_header_of_a_service_is_copied
Reads: No header of the customer goes along
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
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


def left_ms(deadline: asyncio.Timeout) -> str:
    left = deadline.when() - asyncio.get_running_loop().time()
    return str(max(0, int(left * 1000)))


passed: ContextVar[dict[str, str]] = ContextVar("passed")


async def ask(
    http: httpx.AsyncClient, url: str, key: str, deadline: asyncio.Timeout, missing: bool = False
) -> Any:
    try:
        response = await http.get(
            url, headers={**passed.get(), "x-time-left-ms": left_ms(deadline)}
        )
    except httpx.HTTPError as error:
        raise bad_gateway() from error
    check(response, missing)
    return value(response, key)


@app.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> dict[str, Any]:
    http = request.app.state.http
    passed.set(
        {
            name: request.headers[name]
            for name in ("authorization", "cookie")
            if name in request.headers
        }
    )
    try:
        async with asyncio.timeout(2) as deadline:
            warehouse = await ask(http, f"{STOCK}/{sku}", "warehouse", deadline, missing=True)
            price = await ask(http, f"{SHIPPING}/{warehouse}", "price", deadline)
    except TimeoutError as error:
        raise HTTPException(504, "Deadline exceeded") from error
    return {"sku": sku, "warehouse": warehouse, "price": price}
