"""A decorator that tries again, with a deadline in a context variable; a client for each request."""

import asyncio
import contextvars
import random
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

app = FastAPI()
deadline: contextvars.ContextVar[float] = contextvars.ContextVar("deadline")


class Again(Exception):
    after = 0


def tries(most: int) -> Callable[..., Any]:
    def decorate(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @wraps(function)
        async def trying(*args: Any, **kwargs: Any) -> Any:
            deadline.set(time.monotonic() + 3)
            for number in range(1, most + 1):
                left = deadline.get() - time.monotonic()
                try:
                    async with asyncio.timeout(min(1.0, left)):
                        return await function(*args, **kwargs)
                except (TimeoutError, httpx.TransportError, httpx.DecodingError):
                    pause = random.uniform(0.25, 0.75) * number
                except Again as again:
                    pause = random.uniform(0.25, 0.75) * number
                    if again.after:
                        pause = again.after + random.betavariate(2, 2) / 2
                if number == most or time.monotonic() + pause >= deadline.get():
                    break
                await asyncio.sleep(pause)
            raise HTTPException(503, "Try again later")

        return trying

    return decorate


async def call(method: str, path: str, **content: Any) -> Any:
    async with httpx.AsyncClient(base_url="https://bank.example") as client:
        response = await client.request(method, path, **content)
    if response.status_code in {429, 502, 503, 504}:
        again = Again()
        again.after = int(response.headers.get("retry-after") or 0)
        raise again
    if response.is_client_error:
        raise HTTPException(response.status_code, "Refused")
    try:
        return response.raise_for_status().json()
    except (httpx.HTTPStatusError, ValueError):
        raise HTTPException(503, "Try again later") from None


thrice = tries(3)(call)
once = tries(1)(call)


@app.get("/rates/{currency}")
async def rate(currency: str) -> Any:
    return await thrice("GET", f"/rates/{currency}")


@app.post("/payments", status_code=201)
async def pay(payment: dict[str, Any], request: Request) -> Any:
    if (key := request.headers.get("Idempotency-Key")) is not None:
        return await thrice("POST", "/payments", json=payment, headers={"Idempotency-Key": key})
    return await once("POST", "/payments", json=payment)
