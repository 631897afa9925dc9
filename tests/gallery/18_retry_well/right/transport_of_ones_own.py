"""A transport tries again, and reads each body to its end within its second."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

chance = secrets.SystemRandom()


class Patient(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        loop = asyncio.get_running_loop()
        until = loop.time() + 3
        safe = request.method == "GET" or "idempotency-key" in request.headers
        for low in (0.25, 0.5) if safe else ():
            response = await self.tried(request, until)
            if response is not None and response.status_code not in (429, 502, 503, 504):
                return response
            after = float(response.headers.get("retry-after", 0)) if response else 0.0
            wait = after + chance.uniform(0, 0.5) if after else chance.uniform(low, low * 3)
            if loop.time() + wait >= until:
                return response or httpx.Response(504, request=request)
            await asyncio.sleep(wait)
        return await self.tried(request, until) or httpx.Response(504, request=request)

    async def tried(self, request: httpx.Request, until: float) -> httpx.Response | None:
        left = until - asyncio.get_running_loop().time()
        try:
            return await asyncio.wait_for(self.whole(request), min(1, left))
        except (TimeoutError, httpx.RequestError):
            return None

    async def whole(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Any]]:
    async with httpx.AsyncClient(
        transport=Patient(), base_url="https://bank.example", timeout=None
    ) as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


def told(response: httpx.Response, status: int) -> JSONResponse:
    if 400 <= response.status_code < 500 and response.status_code != 429:
        return JSONResponse({"detail": "Refused"}, response.status_code)
    try:
        response.raise_for_status()
        return JSONResponse(response.json(), status)
    except (httpx.HTTPStatusError, ValueError):
        return JSONResponse({"detail": "Try again later"}, 503)


@app.get("/rates/{currency}")
async def rate(currency: str, request: Request) -> JSONResponse:
    try:
        return told(await request.state.client.get(f"/rates/{currency}"), 200)
    except httpx.DecodingError:
        return JSONResponse({"detail": "Try again later"}, 503)


@app.post("/payments")
async def pay(request: Request, payment: dict[str, Any]) -> JSONResponse:
    key = request.headers.get("idempotency-key")
    headers = {} if key is None else {"idempotency-key": key}
    response = await request.state.client.post("/payments", json=payment, headers=headers)
    return told(response, 201)
