"""One block of three seconds round everything, and one of a second round each try; a loop with results."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException, Request

BANK = "https://bank.example"


class MayPass(Exception):
    def __init__(self, after: str = "0") -> None:
        self.after = int(after)


class Bank:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def once(self, method: str, path: str, **content: Any) -> httpx.Response | None:
        try:
            async with asyncio.timeout(1):
                return await self.client.request(method, BANK + path, **content)
        except (TimeoutError, httpx.RequestError):
            return None

    async def tried(self, tries: int, method: str, path: str, **content: Any) -> Any:
        try:
            async with asyncio.timeout(3) as deadline:
                for number in range(tries):
                    response = await self.once(method, path, **content)
                    if response is not None and response.status_code not in (429, 502, 503, 504):
                        return response.raise_for_status().json()
                    if number + 1 == tries:
                        break
                    wait = random.uniform(0.25, 0.75) * (number + 1)
                    if response is not None and int(response.headers.get("retry-after", 0)):
                        wait = int(response.headers["retry-after"]) + random.uniform(0, 0.5)
                    ends = deadline.when()
                    assert ends is not None
                    if asyncio.get_running_loop().time() + wait >= ends:
                        break
                    await asyncio.sleep(wait)
        except TimeoutError as error:
            raise MayPass from error
        raise MayPass


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
