"""Mistake: what the bank tells one request to wait, all requests wait.

Cell: own, mixed
Caught by: test_requests_wait_for_their_own_tries_only
Reads: What the bank says to one request, it says to that one
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import FastAPI, HTTPException, Request

BANK = "https://bank.example"
WAITS = ((0.25, 0.75), (0.5, 1.5))
CHANCE = random.Random(18)  # the same in each run, so that the text of the failure is
PASSING = {429, 502, 503, 504}


class MayPass(Exception):
    def __init__(self, retry_after: int = 0) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


def no_constant(word: str) -> Any:
    raise ValueError(word)


class Bank:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.not_before = 0.0

    async def rate(self, currency: str) -> Any:
        return await self._tried(3, "GET", f"/rates/{quote(currency, safe='')}")

    async def pay(self, payment: dict[str, Any], key: str | None) -> Any:
        if key is None:
            return await self._tried(1, "POST", "/payments", json=payment)
        headers = {"Idempotency-Key": key.encode("latin-1")}
        return await self._tried(3, "POST", "/payments", json=payment, headers=headers)

    async def _tried(self, tries: int, method: str, path: str, **more: Any) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + 3
        for low, high in WAITS[: tries - 1]:
            try:
                return await self._once(until, method, path, **more)
            except MayPass as failed:
                after = failed.retry_after
                wait = CHANCE.uniform(after, after + 0.5) if after else CHANCE.uniform(low, high)
                if after:
                    self.not_before = loop.time() + after
                wait = max(wait, self.not_before - loop.time())
                if loop.time() + wait >= until:
                    raise
            await asyncio.sleep(wait)
        return await self._once(until, method, path, **more)

    async def _once(self, until: float, method: str, path: str, **more: Any) -> Any:
        moment = min(until, asyncio.get_running_loop().time() + 1)
        try:
            async with asyncio.timeout_at(moment):
                response = await self.client.request(method, BANK + path, **more)
        except (TimeoutError, httpx.RequestError) as error:
            raise MayPass from error
        if response.status_code in PASSING:
            raise MayPass(int(response.headers.get("Retry-After", 0)))
        response.raise_for_status()
        return response.json(parse_constant=no_constant)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(limits=limits) as client:
        app.state.bank = Bank(client)
        yield


app = FastAPI(lifespan=lifespan)


async def answered(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if 400 <= status < 500:
            raise HTTPException(status, "Refused") from error
        raise HTTPException(503, "Try again later") from error
    except (MayPass, ValueError) as error:
        raise HTTPException(503, "Try again later") from error


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    bank: Bank = request.app.state.bank
    return await answered(bank.rate(currency))


@app.post("/payments", status_code=201)
async def pay(payment: dict[str, Any], request: Request) -> Any:
    bank: Bank = request.app.state.bank
    return await answered(bank.pay(payment, request.headers.get("Idempotency-Key")))
