"""A class with its own transport; ConnectError is met by one more try after a pause; text and status are looked at."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

DATA_URL = "https://nonexistent-api.com/data"


def refuse(number: str) -> None:
    raise ValueError(f"{number} is no JSON")


class Relay:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def _call(self) -> httpx.Response:
        try:
            return await self._client.get(DATA_URL)
        except httpx.ConnectError:
            await asyncio.sleep(0.5)
            return await self._client.get(DATA_URL)

    async def answer(self) -> Response:
        try:
            response = await self._call()
            if 400 <= response.status_code <= 599:
                return JSONResponse({"detail": "Error fetching data"}, response.status_code)
            json.loads(response.content, parse_constant=refuse)
        except (httpx.TransportError, httpx.DecodingError, httpx.TooManyRedirects, ValueError):
            return JSONResponse({"detail": "Request failed"}, 500)
        return Response(response.content, media_type="application/json")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    transport = httpx.AsyncHTTPTransport(retries=1)
    async with httpx.AsyncClient(transport=transport, timeout=4) as client:
        app.state.relay = Relay(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/external-api")
async def external_api(request: Request) -> Response:
    return await request.app.state.relay.answer()
