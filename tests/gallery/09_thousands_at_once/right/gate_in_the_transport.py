"""The gate stands in a transport of the client, so no route can forget it; TaskGroup fans out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, FastAPI, Request


class Narrow(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, at_once: int) -> None:
        self.inner = inner
        self.gate = asyncio.BoundedSemaphore(at_once)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self.gate:
            response = await self.inner.handle_async_request(request)
            # The call is in flight until its body is here.
            try:
                await response.aread()
            finally:
                await response.aclose()
            return response

    async def aclose(self) -> None:
        await self.inner.aclose()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    transport = Narrow(httpx.AsyncHTTPTransport(), 5)
    async with httpx.AsyncClient(transport=transport) as client:
        app.state.client = client
        yield


def client_of(request: Request) -> httpx.AsyncClient:
    return request.app.state.client


router = APIRouter()


@router.get("/fan-out")
async def fan_out(
    client: Annotated[httpx.AsyncClient, Depends(client_of)],
) -> dict[str, list[float | None]]:
    async def price_of(item: int) -> float | None:
        try:
            response = await client.get(f"https://prices.example/items/{item}")
            response.raise_for_status()
            return response.json()["price"]
        except (httpx.HTTPError, ValueError):
            return None

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(price_of(item)) for item in range(1, 21)]
    return {"prices": [task.result() for task in tasks]}


@router.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}


app = FastAPI(lifespan=lifespan)
app.include_router(router)
