"""Mistake: the stock is a list, in which item -1 is the last one.

Cell: no item, values
Caught by: test_what_cannot_be_sold_is_refused_and_not_charged
Reads: There are the items 1 to 9 and no others
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


stock = [0] + [10] * 9
ids = count(1)
kept: dict[str, tuple[NewOrder, asyncio.Task[Order]]] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
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
    return Order(id=next(ids), item=new.item, quantity=new.quantity)


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key) -> Order:
    if new.item == 0 or new.item >= len(stock):
        raise HTTPException(404, "No such item")
    if key not in kept:
        kept[key] = new, asyncio.create_task(carry_out(new, key))
    first, task = kept[key]
    if first != new:
        raise HTTPException(422, "This key belongs to another order")
    return await asyncio.shield(task)


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item == 0 or item >= len(stock):
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
