"""Mistake: only the latest 64 orders are remembered.

Cell: same answer, mixed
Caught by: test_the_same_order_again_gets_the_same_answer
Reads: remember the answers of all keys
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
    finished = [old for old, (_, task) in kept.items() if task.done()]
    for old in finished[:-63]:
        del kept[old]
    return Order(id=next(ids), item=new.item, quantity=new.quantity)


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
