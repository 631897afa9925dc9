"""Mistake: a payment that came without a key gets an invented one, and three tries.

Cell: payment, failures
Caught by: test_a_payment_without_a_key_is_sent_once
Reads: The caller sent no key
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI, HTTPException, Request

BANK = "https://bank.example"
WITHIN = 3.0
PER_TRY = 1.0
WAITS = ((0.25, 0.75), (0.5, 1.5))
PASSING = {429, 502, 503, 504}


class MayPass(Exception):
    """A failure after which it is worth to try again."""

    def __init__(self, retry_after: int = 0) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


def retry_after_of(response: httpx.Response) -> int:
    value = response.headers.get("Retry-After", "")
    return int(value) if value.isdecimal() else 0


class Bank:
    """The bank's API. It has bad moments, so what may pass is tried again."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def rate(self, currency: str) -> Any:
        return await self._tried(3, "GET", f"/rates/{currency}")

    async def pay(self, payment: dict[str, Any], key: str | None) -> Any:
        # The same key in each try, so that the bank can tell them for one payment.
        headers = {"Idempotency-Key": str(uuid4()) if key is None else key}
        return await self._tried(3, "POST", "/payments", payment, headers)

    async def _tried(
        self,
        tries: int,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + WITHIN
        for low, high in WAITS[: tries - 1]:
            try:
                return await self._once(until, method, path, body, headers)
            except MayPass as failed:
                if failed.retry_after:
                    low, high = failed.retry_after, failed.retry_after + 0.5
                wait = random.uniform(low, high)
                if loop.time() + wait >= until:
                    raise
            await asyncio.sleep(wait)
        return await self._once(until, method, path, body, headers)

    async def _once(
        self, until: float, method: str, path: str, body: Any, headers: dict[str, str] | None
    ) -> Any:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(until, now + PER_TRY)):
                response = await self.client.request(
                    method, BANK + path, json=body, headers=headers
                )
        except (TimeoutError, httpx.RequestError) as error:
            raise MayPass from error
        if response.status_code in PASSING:
            raise MayPass(retry_after_of(response))
        response.raise_for_status()
        return response.json()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.bank = Bank(client)
        yield


app = FastAPI(lifespan=lifespan)


async def answered(call: Awaitable[Any]) -> Any:
    """What the bank says, or the status that tells our caller about it."""
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
