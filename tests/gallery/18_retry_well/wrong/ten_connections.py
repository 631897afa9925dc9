"""Mistake: ten connections for all requests, for which the others wait.

Cell: own, together
Caught by: test_requests_wait_for_their_own_tries_only
Reads: with fewer places makes some of them wait
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Body, FastAPI, Header, HTTPException, Request

CHANCE = random.Random(18)  # the same in each run, so that the text of the failure is
PASSING = frozenset({429, 502, 503, 504})


class Attempt:
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.asked = 0


async def attempts(most: int) -> AsyncIterator[Attempt]:
    clock = asyncio.get_running_loop().time
    end = clock() + 3
    for scale in [1, 2, None][3 - most :]:
        attempt = Attempt(min(end, clock() + 1))
        yield attempt
        if scale is None:
            return
        wait = (
            attempt.asked + CHANCE.uniform(0, 0.5)
            if attempt.asked
            else CHANCE.uniform(0.25, 0.75) * scale
        )
        if clock() + wait >= end:
            return
        await asyncio.sleep(wait)


async def ask(client: httpx.AsyncClient, most: int, method: str, url: str, **kw: Any) -> Any:
    last = HTTPException(503, "Try again later")
    async with aclosing(attempts(most)) as series:
        async for attempt in series:
            try:
                async with asyncio.timeout_at(attempt.deadline):
                    response = await client.request(method, url, **kw)
            except (httpx.RequestError, TimeoutError):
                continue
            if response.status_code in PASSING:
                attempt.asked = int(response.headers.get("retry-after", 0))
                continue
            if 400 <= response.status_code < 500:
                raise HTTPException(response.status_code, "Refused")
            if response.status_code >= 300:
                raise last
            try:
                return response.json()
            except ValueError:
                raise last from None
    raise last


@asynccontextmanager
async def lifespan(app: FastAPI):
    limits = httpx.Limits(max_connections=10)
    async with httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(2, pool=None)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> Any:
    return await ask(request.app.state.client, 3, "GET", f"https://bank.example/rates/{currency}")


@app.post("/payments", status_code=201)
async def pay(
    request: Request,
    payment: Annotated[dict[str, Any], Body()],
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Any:
    more: dict[str, Any] = {"json": payment}
    if key is not None:
        more["headers"] = [(b"Idempotency-Key", key.encode("latin-1"))]
    return await ask(
        request.app.state.client,
        1 if key is None else 3,
        "POST",
        "https://bank.example/payments",
        **more,
    )
