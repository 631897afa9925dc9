"""Bodies are read by a pydantic model; a call has a deadline of its own, which begins behind the gate."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ValidationError

CALL_TAKES_AT_MOST = 10


class Item(BaseModel):
    price: float


class Prices(BaseModel):
    prices: list[float | None]


class Shop:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.gate = asyncio.BoundedSemaphore(5)

    async def price(self, number: int) -> float | None:
        async with self.gate:
            try:
                async with asyncio.timeout(CALL_TAKES_AT_MOST):
                    response = await self.client.get(f"/items/{number}")
                if not response.is_success:
                    return None
                return Item.model_validate_json(response.content).price
            except (httpx.TransportError, ValidationError, TimeoutError):
                return None

    async def prices(self) -> Prices:
        found: dict[int, float | None] = {}

        async def find(number: int) -> None:
            found[number] = await self.price(number)

        for done in asyncio.as_completed([find(number) for number in range(1, 21)]):
            await done
        return Prices(prices=[found[number] for number in sorted(found)])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Shop]]:
    async with httpx.AsyncClient(base_url="https://prices.example") as client:
        yield {"shop": Shop(client)}


def shop(request: Request) -> Shop:
    return request.state.shop


app = FastAPI(lifespan=lifespan)


@app.get("/fan-out", response_model=Prices)
async def fan_out(shop: Annotated[Shop, Depends(shop)]) -> Prices:
    return await shop.prices()


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
