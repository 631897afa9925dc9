"""Mistake: the id is the number of orders so far, looked up before the charge.

Cell: ordered, together
Caught by: test_orders_with_different_keys_do_not_wait_for_each_other
Reads: count each when it takes its id
"""

import asyncio
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

sold = [0]
kept: dict[str, tuple[NewOrder, asyncio.Task[Order]]] = {}
"""The order of each key, and its answer, which is kept from the moment in which the work on it begins."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def carry_out(new: NewOrder, key: str) -> Order:
    if stock[new.item] < new.quantity:
        raise HTTPException(409, "Sold out")
    stock[new.item] -= new.quantity
    number = sold[0] + 1
    try:
        await charge(new, key)
    except BaseException:
        stock[new.item] += new.quantity
        raise
    sold[0] += 1
    return Order(id=number, **new.model_dump())


async def charge(new: NewOrder, key: str) -> None:
    try:
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
        kept[key] = new, asyncio.create_task(carry_out(new, key))
    first, answer = kept[key]
    if first != new:
        raise HTTPException(422, "This key belongs to another order")
    try:
        return await asyncio.shield(answer)
    except Exception:
        if kept.get(key) == (first, answer):
            del kept[key]
        raise


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
