"""Mistake: Retry-After: 0 is taken for a wait from 0 to 0.5 s.

Cell: retry after, values
Caught by: test_the_bank_says_how_long_to_wait
Reads: asks for no wait of its own
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException, Request

CHANCE = random.Random(18)  # the same in each run, so that the text of the failure is
BANK = "https://bank.example"
WAITS = [(0.25, 0.75), (0.5, 1.5)]


class MayPass(Exception):
    def __init__(self, retry_after: int | None = None) -> None:
        self.retry_after = retry_after


class Fails(Exception):
    pass


async def once(client: httpx.AsyncClient, until: float, method: str, path: str, **more: Any) -> Any:
    now = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(min(until, now + 1)):
            response = await client.request(method, BANK + path, **more)
    except (httpx.RequestError, TimeoutError) as error:
        raise MayPass from error
    status = response.status_code
    if status in (429, 502, 503, 504):
        said = response.headers.get("Retry-After", "")
        raise MayPass(int(said) if said.isdigit() else None)
    if 400 <= status < 500:
        raise HTTPException(status, "Refused")
    if not response.is_success:
        raise Fails
    try:
        return response.json()
    except ValueError as error:
        raise Fails from error


async def tried(client: httpx.AsyncClient, tries: int, method: str, path: str, **more: Any) -> Any:
    loop = asyncio.get_running_loop()
    until = loop.time() + 3
    try:
        for low, high in WAITS[: tries - 1]:
            try:
                return await once(client, until, method, path, **more)
            except MayPass as failed:
                wait = CHANCE.uniform(low, high)
                if failed.retry_after is not None:
                    wait = failed.retry_after + CHANCE.uniform(0, 0.5)
                if loop.time() + wait >= until:
                    raise
                await asyncio.sleep(wait)
        return await once(client, until, method, path, **more)
    except (MayPass, Fails) as error:
        raise HTTPException(503, "Try again later") from error


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=5) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    return await tried(request.app.state.client, 3, "GET", f"/rates/{currency}")


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any],
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Any:
    client = request.app.state.client
    if idempotency_key is None:
        return await tried(client, 1, "POST", "/payments", json=payment)
    headers = {b"Idempotency-Key": idempotency_key.encode("latin-1")}
    return await tried(client, 3, "POST", "/payments", json=payment, headers=headers)
