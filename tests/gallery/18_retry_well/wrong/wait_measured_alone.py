"""Mistake: A wait is measured against three seconds, and not against what is left of them.

Cell: deadline, slow
Caught by: test_a_wait_is_held_against_what_is_left
Reads: hold a wait against what is left of them
"""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
import httpx
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse

BANK = "https://bank.example"
CHANCE = random.Random(18)  # the same in each run, so that the text of the failure is


class Bank:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def call(
        self,
        method: str,
        path: str,
        tries: int,
        json: Any = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response | None:
        """The last response, or None if there was none."""
        until = anyio.current_time() + 3
        ranges = [(0.25, 0.75), (0.5, 1.5)][: tries - 1]
        while True:
            response: httpx.Response | None = None
            with anyio.CancelScope(deadline=min(until, anyio.current_time() + 1)):
                try:
                    response = await self.client.request(
                        method, BANK + path, json=json, headers=headers
                    )
                except httpx.RequestError:
                    response = None
            if response is not None and response.status_code not in (429, 502, 503, 504):
                return response
            if not ranges:
                return response
            low, high = ranges.pop(0)
            if (
                response is not None
                and (asked := response.headers.get("Retry-After", "")).isdigit()
            ):
                if int(asked) > 0:
                    low, high = float(asked), float(asked) + 0.5
            wait = CHANCE.uniform(low, high)
            if wait >= 3:
                return response
            with anyio.CancelScope(deadline=until) as scope:
                await anyio.sleep(wait)
            if scope.cancelled_caught:
                return response


def translated(response: httpx.Response | None, status: int) -> JSONResponse:
    later = JSONResponse({"detail": "Try again later"}, 503)
    match response:
        case None | httpx.Response(status_code=429):
            return later
        case httpx.Response(is_client_error=True, status_code=refused):
            return JSONResponse({"detail": "Refused"}, refused)
        case httpx.Response(is_success=True):
            try:
                return JSONResponse(response.json(), status)
            except ValueError:
                return later
        case _:
            return later


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=None) as client:
        app.state.bank = Bank(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> JSONResponse:
    bank: Bank = request.app.state.bank
    return translated(await bank.call("GET", f"/rates/{currency}", 3), 200)


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any],
    request: Request,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> JSONResponse:
    bank: Bank = request.app.state.bank
    if idempotency_key is None:
        response = await bank.call("POST", "/payments", 1, payment)
    else:
        response = await bank.call(
            "POST", "/payments", 3, payment, {"Idempotency-Key": idempotency_key}
        )
    return translated(response, 201)
