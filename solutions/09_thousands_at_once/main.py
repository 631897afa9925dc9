"""09 · Thousands at once: the reference."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request

ITEMS = range(1, 21)
AT_ONCE = 5


class Prices:
    """The price service, and the one gate before it that all requests go through."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        # Made once, with the client. Made in the route, it would be a new gate for each request,
        # and a hundred requests would have five hundred calls in flight.
        self.gate = asyncio.Semaphore(AT_ONCE)

    async def of(self, item: int) -> float | None:
        # `async with` gives the permit back, however the call ends.
        async with self.gate:
            try:
                response = await self.client.get(f"https://prices.example/items/{item}")
                response.raise_for_status()
                return response.json()["price"]
            except (httpx.HTTPError, ValueError):
                # HTTPError is both kinds: the answer was an error, or there was no answer. ValueError
                # is what `json()` raises for a body that is not JSON, or not even text.
                return None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.prices = Prices(client)
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/fan-out")
async def fan_out(request: Request) -> dict[str, list[float | None]]:
    prices: Prices = request.app.state.prices
    # All twenty begin here, and fifteen of them wait at the gate. Whoever leaves it lets the next
    # one in, so a slow item takes one place and holds up nobody else.
    return {"prices": list(await asyncio.gather(*(prices.of(item) for item in ITEMS)))}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    # While it waits, a request is a small object in a list of timers. It has no thread.
    await asyncio.sleep(0.5)
    return {"done": True}
