"""18 · Retry well: the reference."""

import asyncio
import itertools
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException, Request

RATES = "https://bank.example/rates"
PAYMENTS = "https://bank.example/payments"
SECONDS = 3.0
SECONDS_A_TRY = 1.0
MAY_PASS = {429, 502, 503, 504}

Call = Callable[..., Coroutine[Any, Any, httpx.Response]]


class Failed(Exception):
    """A try that failed in a way that may pass, and how long the bank asks us to wait."""

    def __init__(self, after: int = 0) -> None:
        self.after = after


class Bank:
    """The bank's API. This is the only place where anything is tried again."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def rate(self, currency: str) -> Any:
        return await self._tried(3, self.client.get, f"{RATES}/{currency}")

    async def pay(self, payment: dict[str, Any], key: str | None) -> Any:
        # Without a key the bank takes a second try for a second payment. A try that failed may have paid.
        if key is None:
            return await self._tried(1, self.client.post, PAYMENTS, json=payment)
        headers = {"idempotency-key": key}
        return await self._tried(3, self.client.post, PAYMENTS, json=payment, headers=headers)

    async def _tried(self, tries: int, call: Call, url: str, **content: Any) -> Any:
        loop = asyncio.get_running_loop()
        until = loop.time() + SECONDS
        for number in itertools.count(1):
            try:
                async with asyncio.timeout_at(until):
                    return await self._once(call, url, content)
            except (Failed, TimeoutError) as failed:
                # By chance, or else all that failed together come back together.
                chance = random.random() / 2
                asked_for = failed.after if isinstance(failed, Failed) else 0
                wait = asked_for + chance if asked_for else number * (0.25 + chance)
                if number == tries or loop.time() + wait >= until:
                    raise
                await asyncio.sleep(wait)

    async def _once(self, call: Call, url: str, content: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(SECONDS_A_TRY):
                response = await call(url, **content)
        except (TimeoutError, httpx.RequestError) as error:
            raise Failed from error
        if response.status_code in MAY_PASS:
            raise Failed(int(response.headers.get("retry-after", 0)))
        return response.raise_for_status().json()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    # No `retries=` here: each layer that tries again multiplies what the others do.
    async with httpx.AsyncClient() as client:
        app.state.bank = Bank(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    bank: Bank = request.app.state.bank
    return await answered(bank.rate(currency))


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any],
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Any:
    bank: Bank = request.app.state.bank
    return await answered(bank.pay(payment, idempotency_key))


async def answered(call: Coroutine[Any, Any, Any]) -> Any:
    """What the bank says, or the status that tells our caller about it."""
    try:
        return await call
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if 400 <= status < 500:
            raise HTTPException(status, "Refused") from error
        raise HTTPException(503, "Try again later") from error
    except (Failed, TimeoutError, ValueError) as error:
        raise HTTPException(503, "Try again later") from error
