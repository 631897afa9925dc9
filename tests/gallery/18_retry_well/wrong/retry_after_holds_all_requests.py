"""Mistake: what the bank says to one request holds back the first try of the others.

Cell: own, mixed
Caught by: test_requests_wait_for_their_own_tries_only
Reads: What the bank says to one request, it says to that one
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any, NoReturn
from urllib.parse import quote

import httpx
from fastapi import FastAPI, Header, HTTPException, Request

BANK = "https://bank.example"
PASSING = {429, 502, 503, 504}
WAITS = ((0.25, 0.75), (0.5, 1.5))


class Failed(HTTPException):
    """It will not pass."""

    def __init__(self) -> None:
        super().__init__(503, "Try again later")


class MayPass(Failed):
    """It may; `after` is what the bank asked for, or 0."""

    def __init__(self, after: int = 0) -> None:
        super().__init__()
        self.after = after


def no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


class Bank:
    """The bank's API. Only `_tried` tries again."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.not_before = 0.0  # on the loop's clock, as the bank asked for

    async def rate(self, currency: str) -> Any:
        return await self._tried(3, "GET", f"/rates/{quote(currency, safe='')}")

    async def pay(self, payment: dict[str, Any], key: str | None) -> Any:
        if key is None:
            return await self._tried(1, "POST", "/payments", json=payment)
        headers = {"Idempotency-Key": key}
        return await self._tried(3, "POST", "/payments", json=payment, headers=headers)

    async def _tried(self, tries: int, method: str, path: str, **more: Any) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + 3
        if loop.time() < self.not_before < until:
            await asyncio.sleep(self.not_before - loop.time())
        for low, high in WAITS[: tries - 1]:
            try:
                return await self._once(until, method, path, **more)
            except MayPass as failed:
                if failed.after:
                    self.not_before = loop.time() + failed.after
                    low, high = failed.after, failed.after + 0.5
                wait = random.uniform(low, high)
                if loop.time() + wait >= until:
                    raise
            await asyncio.sleep(wait)
        return await self._once(until, method, path, **more)

    async def _once(self, until: float, method: str, path: str, **more: Any) -> Any:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(now + 1, until)):
                response = await self.client.request(method, BANK + path, **more)
        except (httpx.RequestError, TimeoutError) as error:
            raise MayPass from error
        except ValueError as error:  # what cannot be sent as JSON
            raise Failed from error
        if response.status_code in PASSING:
            raise MayPass(int(response.headers.get("Retry-After", "0")))
        if response.is_client_error:
            raise HTTPException(response.status_code, "Refused")
        if not response.is_success:
            raise Failed
        try:
            return response.json(parse_constant=no_json)
        except ValueError as error:
            raise Failed from error


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.bank = Bank(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    bank: Bank = request.app.state.bank
    return await bank.rate(currency)


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any],
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Any:
    bank: Bank = request.app.state.bank
    return await bank.pay(payment, idempotency_key)
