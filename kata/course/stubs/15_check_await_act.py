"""15 · Check, await, act. The lesson is in README.md, beside this file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header
from pydantic import BaseModel, Field

CHARGES = "https://pay.example/charges"

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1)]


class NewOrder(BaseModel):
    item: int
    quantity: Annotated[int, Field(gt=0)]


class Order(NewOrder):
    id: int


class Stock(BaseModel):
    item: int
    left: int


stock = dict.fromkeys(range(1, 10), 10)
"""How many pieces are left of each item."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key) -> Order:
    # TODO: reserve the pieces, have them paid, and remember the answer under the key, as the lesson says.
    raise NotImplementedError


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    raise NotImplementedError
