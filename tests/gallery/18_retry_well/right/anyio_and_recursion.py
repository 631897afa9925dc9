"""anyio's scopes, and a try that calls itself for the next one."""

import random
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
import httpx
from fastapi import FastAPI, Header, HTTPException, Request

BANK = "https://bank.example"


class MayPass(Exception):
    def __init__(self, after: str = "0") -> None:
        self.after = int(after)


class Bank:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def once(self, until: float, method: str, path: str, **content: Any) -> Any:
        with anyio.move_on_after(min(1, until - anyio.current_time())) as scope:
            try:
                response = await self.client.request(method, BANK + path, **content)
            except httpx.RequestError as error:
                raise MayPass from error
            if response.status_code in (429, 502, 503, 504):
                raise MayPass(response.headers.get("retry-after", "0"))
            response.raise_for_status()
            return response.json()
        assert scope.cancelled_caught
        raise MayPass

    async def tried(self, tries: int, method: str, path: str, **content: Any) -> Any:
        return await self.nth(1, tries, anyio.current_time() + 3, method, path, **content)

    async def nth(
        self, nth: int, tries: int, until: float, method: str, path: str, **content: Any
    ) -> Any:
        try:
            return await self.once(until, method, path, **content)
        except MayPass as failed:
            after = failed.after
            if nth >= tries:
                raise
            usual = random.triangular(0.25 * nth, 0.75 * nth)
            wait = random.uniform(after, after + 0.5) if after else usual
            if anyio.current_time() + wait >= until:
                raise
        await anyio.sleep(wait)
        return await self.nth(nth + 1, tries, until, method, path, **content)


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
        return await answered(bank.tried(1, "POST", "/payments", json=payment))
    headers = {"Idempotency-Key": idempotency_key}
    return await answered(bank.tried(3, "POST", "/payments", json=payment, headers=headers))
