"""Mistake: only the last key is known to be under way: another one takes its place.

Cell: same answer, mixed
Caught by: test_equal_orders_of_several_keys_are_kept_apart
Reads: Several keys can be under way at once
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
done: dict[str, tuple[NewOrder, Order]] = {}
"""The order of each key that was carried out, and its answer."""

under_way: list[tuple[str, NewOrder, asyncio.Task[Order]]] = []


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
    try:
        await charge(new, key)
    except BaseException:
        stock[new.item] += new.quantity
        raise
    return Order(id=next(ids), **new.model_dump())


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
    if key in done:
        first, answer = done[key]
        if first != new:
            raise HTTPException(422, "This key belongs to another order")
        return answer
    if under_way and under_way[0][0] == key and not under_way[0][2].done():
        if under_way[0][1] != new:
            raise HTTPException(422, "This key belongs to another order")
        return await asyncio.shield(under_way[0][2])
    task = asyncio.create_task(carry_out(new, key))
    under_way[:] = [(key, new, task)]
    done[key] = new, await task
    return done[key][1]


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
