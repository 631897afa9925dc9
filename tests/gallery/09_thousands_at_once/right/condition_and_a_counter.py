"""A gate made by hand from a Condition and a counter, in an app factory."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI


class Gate:
    def __init__(self, places: int) -> None:
        self.free = places
        self.changed = asyncio.Condition()

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        async with self.changed:
            await self.changed.wait_for(lambda: self.free > 0)
            self.free -= 1
        try:
            yield
        finally:
            async with self.changed:
                self.free += 1
                self.changed.notify()


class Shop:
    def __init__(self) -> None:
        self.client = httpx.AsyncClient(base_url="https://prices.example/items/")
        self.gate = Gate(5)

    async def price(self, item: int) -> float | None:
        try:
            async with self.gate.place():
                response = await self.client.get(str(item))
            return None if response.is_error else response.json()["price"]
        except (httpx.RequestError, ValueError):
            return None

    async def fan_out(self) -> dict[str, list[float | None]]:
        tasks = [asyncio.create_task(self.price(item)) for item in range(1, 21)]
        return {"prices": [await task for task in tasks]}


def create_app() -> FastAPI:
    shop = Shop()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with shop.client:
            yield

    async def wait() -> dict[str, bool]:
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(0.5, done.set)
        return {"done": await done.wait()}

    app = FastAPI(lifespan=lifespan)
    app.get("/fan-out")(shop.fan_out)
    app.get("/wait")(wait)
    return app


app = create_app()
