"""Mistake: A payment without a key is tried three times.

Cell: payment, alone
Caught by: test_a_payment_without_a_key_is_sent_once
Reads: the bank takes each call for another payment
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException, Request

BANK = "https://bank.example"


CHANCE = random.Random(18)  # the same in each run, so that the text of the failure is


class MayPass(Exception):
    def __init__(self, after: str = "0") -> None:
        self.after = int(after)


class Bank:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def once(self, until: float, method: str, path: str, **content: Any) -> Any:
        a_second = asyncio.get_running_loop().time() + 1
        try:
            async with asyncio.timeout_at(min(a_second, until)):
                response = await self.client.request(method, BANK + path, **content)
        except (TimeoutError, httpx.RequestError) as error:
            raise MayPass from error
        if response.status_code in (429, 502, 503, 504):
            raise MayPass(response.headers.get("retry-after", "0"))
        return response.raise_for_status().json()

    async def tried(self, tries: int, method: str, path: str, **content: Any) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + 3
        attempt = 1
        while True:
            try:
                return await self.once(until, method, path, **content)
            except MayPass as failed:
                if attempt == tries:
                    raise
                wait = attempt * CHANCE.uniform(0.25, 0.75)
                if failed.after:
                    wait = failed.after + CHANCE.random() / 2
                if loop.time() + wait > until:
                    raise
            await asyncio.sleep(wait)
            attempt += 1


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.bank = Bank(client)
        yield


app = FastAPI(lifespan=lifespan)


async def answered(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except httpx.HTTPStatusError as error:
        if error.response.is_client_error:
            raise HTTPException(error.response.status_code, "Refused") from error
        raise HTTPException(503, "Try again later") from error
    except (MayPass, ValueError) as error:
        raise HTTPException(503, "Try again later") from error


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    bank: Bank = request.app.state.bank
    return await answered(bank.tried(3, "GET", f"/rates/{currency}"))


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any],
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Any:
    bank: Bank = request.app.state.bank
    if idempotency_key is None:
        return await answered(bank.tried(3, "POST", "/payments", json=payment))
    headers = {"Idempotency-Key": idempotency_key}
    return await answered(bank.tried(3, "POST", "/payments", json=payment, headers=headers))
