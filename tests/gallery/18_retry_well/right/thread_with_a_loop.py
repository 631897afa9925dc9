"""`def` routes, and a loop of its own for each request, in its thread."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException

BANK = "https://bank.example"


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
                wait = attempt * random.uniform(0.25, 0.75)
                if failed.after:
                    wait = failed.after + random.random() / 2
                if loop.time() + wait > until:
                    raise
            await asyncio.sleep(wait)
            attempt += 1


app = FastAPI()


async def asked(tries: int, method: str, path: str, **content: Any) -> Any:
    async with httpx.AsyncClient() as client:
        return await Bank(client).tried(tries, method, path, **content)


def answered(call: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(call)
    except httpx.HTTPStatusError as error:
        if error.response.is_client_error:
            raise HTTPException(error.response.status_code, "Refused") from error
        raise HTTPException(503, "Try again later") from error
    except (MayPass, ValueError) as error:
        raise HTTPException(503, "Try again later") from error


@app.get("/rates/{currency}")
def rate(currency: str) -> Any:
    return answered(asked(3, "GET", f"/rates/{currency}"))


@app.post("/payments", status_code=201)
def pay(
    payment: dict[str, Any],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Any:
    if idempotency_key is None:
        return answered(asked(1, "POST", "/payments", json=payment))
    headers = {"Idempotency-Key": idempotency_key}
    return answered(asked(3, "POST", "/payments", json=payment, headers=headers))
