"""Mistake: a refusal is remembered under its key.

Cell: own, failures
Caught by: test_what_will_not_pass_is_tried_once
Reads: and now it books
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException, Request

CHANCE = random.Random(18)  # the same in each run, so that the text of the failure is

BANK = "https://bank.example"
WAITS = ((0.25, 0.75), (0.5, 1.5))
PASSING = (429, 502, 503, 504)


class MayPass(Exception):
    def __init__(self, after: int = 0) -> None:
        super().__init__("the bank may do better soon")
        self.after = after


class Bank:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.refused: dict[bytes, httpx.HTTPStatusError] = {}

    async def rate(self, currency: str) -> Any:
        return await self.tried(3, "GET", f"/rates/{currency}")

    async def pay(self, payment: dict[str, Any], key: bytes | None) -> Any:
        if key is None:
            return await self.tried(1, "POST", "/payments", json=payment)
        headers = {b"Idempotency-Key": key}
        if key in self.refused:
            raise self.refused[key]
        try:
            return await self.tried(3, "POST", "/payments", json=payment, headers=headers)
        except httpx.HTTPStatusError as error:
            if error.response.is_client_error:
                self.refused[key] = error
            raise

    async def tried(self, tries: int, method: str, path: str, **more: Any) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + 3
        for low, high in WAITS[: tries - 1]:
            try:
                return await self.once(until, method, path, **more)
            except MayPass as failed:
                if failed.after > 0:
                    low, high = failed.after, failed.after + 0.5
                wait = CHANCE.uniform(low, high)
                if loop.time() + wait >= until:
                    raise
            await asyncio.sleep(wait)
        return await self.once(until, method, path, **more)

    async def once(self, until: float, method: str, path: str, **more: Any) -> Any:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(until, now + 1)):
                response = await self.client.request(method, BANK + path, **more)
        except (TimeoutError, httpx.RequestError) as error:
            raise MayPass from error
        if response.status_code in PASSING:
            raise MayPass(int(response.headers.get("Retry-After", "0")))
        response.raise_for_status()
        return response.json()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=None) as client:
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
    return await answered(request.app.state.bank.rate(currency))


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any],
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Any:
    key = None if idempotency_key is None else idempotency_key.encode("latin-1")
    return await answered(request.app.state.bank.pay(payment, key))
