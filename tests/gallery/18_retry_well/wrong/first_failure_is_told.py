"""Mistake: when the tries end in a refusal, the first failure is told.

Cell: refused, failures
Caught by: test_what_will_not_pass_is_tried_once
Reads: What the bank answers at last is told
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

BANK = "https://bank.example"
WAITS = ((0.25, 0.75), (0.5, 1.5))


class MayPass(Exception):
    def __init__(self, retry_after: int = 0) -> None:
        self.retry_after = retry_after


async def once(until: float, method: str, path: str, good: int, **more: Any) -> Any:
    limit = min(asyncio.get_running_loop().time() + 1, until)
    try:
        async with asyncio.timeout_at(limit):
            response = await app.state.client.request(method, BANK + path, **more)
    except (httpx.RequestError, TimeoutError) as error:
        raise MayPass from error
    if response.status_code in (429, 502, 503, 504):
        raise MayPass(int(response.headers.get("Retry-After", "0")))
    if 400 <= response.status_code < 500:
        raise HTTPException(response.status_code, "Refused")
    if response.status_code != good:
        raise HTTPException(503, "Try again later")
    try:
        return response.json()
    except ValueError as error:
        raise HTTPException(503, "Try again later") from error


async def answered(method: str, path: str, good: int, tries: int, **more: Any) -> Any:
    loop = asyncio.get_running_loop()
    until = loop.time() + 3
    first = None
    for number in range(tries):
        try:
            return await once(until, method, path, good, **more)
        except HTTPException:
            if first is not None:
                break
            raise
        except MayPass as failed:
            first = first or failed
            if number == tries - 1:
                break
            wait = random.uniform(*WAITS[number])
            if failed.retry_after:
                wait = random.uniform(failed.retry_after, failed.retry_after + 0.5)
            if loop.time() + wait >= until:
                break
            await asyncio.sleep(wait)
    raise HTTPException(503, "Try again later")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{currency}")
async def rate(currency: str) -> Any:
    return await answered("GET", f"/rates/{currency}", 200, 3)


@app.post("/payments", status_code=201)
async def pay(payment: dict[str, Any], request: Request) -> Any:
    key = request.headers.get("idempotency-key")
    if key is None:
        return await answered("POST", "/payments", 201, 1, json=payment)
    headers = {"Idempotency-Key": key.encode("latin-1")}
    return await answered("POST", "/payments", 201, 3, json=payment, headers=headers)
