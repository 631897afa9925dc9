"""Mistake: A payment with a key whose first try had no answer is not tried again.

Cell: payment, slow
Caught by: test_a_try_has_one_second
Reads: With its key a payment may be sent again
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException, Request

BANK = "https://bank.example"


class MayPass(Exception):
    def __init__(self, seconds: int = 0) -> None:
        super().__init__(seconds)
        self.seconds = seconds


async def judge(response: httpx.Response) -> None:
    await response.aread()
    status = response.status_code
    if status in (429, 502, 503, 504):
        asked = response.headers.get("Retry-After", "0").strip()
        raise MayPass(int(asked) if asked.isdigit() else 0)
    if 400 <= status < 500:
        raise HTTPException(status, "Refused")
    if not 200 <= status < 300:
        raise HTTPException(503, "Try again later")


async def once(client: httpx.AsyncClient, moment: float, *args: Any, **kwargs: Any) -> Any:
    try:
        async with asyncio.timeout_at(moment):
            response = await client.request(*args, **kwargs)
    except TimeoutError as error:
        if args[0] == "POST":
            # It may have been carried out: the second try could pay twice.
            raise HTTPException(503, "Try again later") from error
        raise MayPass from error
    except httpx.RequestError as error:
        raise MayPass from error
    try:
        return response.json()
    except ValueError as error:
        raise HTTPException(503, "Try again later") from error


async def persistently(client: httpx.AsyncClient, tries: int, *args: Any, **kwargs: Any) -> Any:
    loop = asyncio.get_running_loop()
    until = loop.time() + 3
    scale = 1
    try:
        while True:
            try:
                return await once(client, min(until, loop.time() + 1), *args, **kwargs)
            except MayPass as failed:
                tries -= 1
                if not tries:
                    raise
                if failed.seconds:
                    wait = failed.seconds + random.random() / 2
                else:
                    wait = scale * random.uniform(0.25, 0.75)
                if loop.time() + wait >= until:
                    raise
            scale *= 2
            await asyncio.sleep(wait)
    except MayPass as failed:
        raise HTTPException(503, "Try again later") from failed


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(
        event_hooks={"response": [judge]}, follow_redirects=False
    ) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    return await persistently(request.app.state.client, 3, "GET", f"{BANK}/rates/{currency}")


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any],
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Any:
    client, url = request.app.state.client, f"{BANK}/payments"
    if idempotency_key is None:
        return await persistently(client, 1, "POST", url, json=payment)
    headers = {"Idempotency-Key": idempotency_key}
    return await persistently(client, 3, "POST", url, json=payment, headers=headers)
