"""Mistake: a charge that takes longer than two seconds is given up.

Cell: charged, slow
Caught by: test_twenty_equal_orders_at_once_have_one_effect
Reads: it may take three seconds
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import FastAPI, Header, HTTPException
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

ids = itertools.count(1)
kept: dict[str, tuple[NewOrder, asyncio.Task[Order]]] = {}
"""The order of each key, and its answer, which is kept from the moment in which the work on it begins."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=2) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def carry_out(new: NewOrder, key: str) -> Order:
    # Checked and taken without an await between: nobody can come between the two lines.
    if stock[new.item] < new.quantity:
        raise HTTPException(409, "Sold out")
    stock[new.item] -= new.quantity
    try:
        await charge(new, key)
    except BaseException:
        # Whatever ended the payment, the pieces go back.
        stock[new.item] += new.quantity
        raise
    return Order(id=next(ids), **new.model_dump())


async def charge(new: NewOrder, key: str) -> None:
    try:
        # If the answer of this call is lost, the next try with the same key is not charged again.
        response = await app.state.client.post(
            CHARGES, json=new.model_dump(), headers={"Idempotency-Key": key}
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise HTTPException(502, "Payment failed") from error


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key) -> Order:
    if new.item not in stock:
        raise HTTPException(404, "No such item")
    if key not in kept:
        # What is kept is the work that has begun, not its result: so the next one finds it at once.
        kept[key] = new, asyncio.create_task(carry_out(new, key))
    first, answer = kept[key]
    if first != new:
        raise HTTPException(422, "This key belongs to another order")
    try:
        # Whoever waits may be cancelled; the work goes on for the others.
        return await asyncio.shield(answer)
    except Exception:
        # Only what succeeded is kept. The key may be new by now, with an answer of its own.
        if kept.get(key) == (first, answer):
            del kept[key]
        raise


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
