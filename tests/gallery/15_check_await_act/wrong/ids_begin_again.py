"""Mistake: the ids begin with 1 at each startup, and the orders of before stay.

Cell: ordered, restart
Caught by: test_nothing_is_left_open
Reads: Each order has an id of its own
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
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
kept: dict[str, tuple[NewOrder, asyncio.Task[Order]]] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        app.state.ids = count(1)
        try:
            yield
        finally:
            pending = [task for _, task in kept.values() if not task.done()]
            await asyncio.gather(*pending, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


async def charge(new: NewOrder, key: str) -> None:
    try:
        answer = await app.state.client.post(
            CHARGES, json=new.model_dump(), headers={"Idempotency-Key": key.encode("latin-1")}
        )
        answer.raise_for_status()
    except httpx.HTTPError:
        raise HTTPException(502, "Payment failed") from None


async def carry_out(new: NewOrder, key: str) -> Order:
    try:
        if stock[new.item] < new.quantity:
            raise HTTPException(409, "Sold out")
        stock[new.item] -= new.quantity
        try:
            await charge(new, key)
        except BaseException:
            stock[new.item] += new.quantity
            raise
    except BaseException:
        kept.pop(key, None)
        raise
    return Order(id=next(app.state.ids), item=new.item, quantity=new.quantity)


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key) -> Order:
    if new.item not in stock:
        raise HTTPException(404, "No such item")
    if key not in kept:
        kept[key] = new, asyncio.create_task(carry_out(new, key))
    first, task = kept[key]
    if first != new:
        raise HTTPException(422, "This key belongs to another order")
    return await asyncio.shield(task)


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
