"""18 · Retry well. The lesson is in README.md, beside this file."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

BANK = "https://bank.example"


async def persistently(call: Callable[[], Awaitable[Any]]) -> Any:
    """What the call brings, at the third try if need be."""
    for pause in (0.5, 1.0):
        try:
            return await call()
        except Exception:
            await asyncio.sleep(pause)
    return await call()


class Bank:
    """The bank's API. It has bad moments, so every call is made persistently."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def rate(self, currency: str) -> Any:
        return await persistently(lambda: self._called("GET", f"/rates/{currency}"))

    async def pay(self, payment: dict[str, Any]) -> Any:
        return await persistently(lambda: self._called("POST", "/payments", payment))

    async def _called(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.client.request(method, BANK + path, json=body)
        response.raise_for_status()
        return response.json()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # Connecting fails most often, and is the cheapest to try again.
    transport = httpx.AsyncHTTPTransport(retries=2)
    async with httpx.AsyncClient(transport=transport) as client:
        app.state.bank = Bank(client)
        yield


app = FastAPI(lifespan=lifespan)


async def answered(call: Callable[[], Awaitable[Any]]) -> Any:
    """What the bank says, or the status that tells our caller about it."""
    try:
        return await persistently(call)
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if 400 <= status < 500 and status != 429:
            raise HTTPException(status, "Refused") from error
        raise HTTPException(503, "Try again later") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(503, "Try again later") from error


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    bank: Bank = request.app.state.bank
    return await answered(lambda: bank.rate(currency))


@app.post("/payments", status_code=201)
async def pay(payment: dict[str, Any], request: Request) -> Any:
    bank: Bank = request.app.state.bank
    return await answered(lambda: bank.pay(payment))
