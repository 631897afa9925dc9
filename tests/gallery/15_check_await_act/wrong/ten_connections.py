"""Mistake: the client has a pool of ten connections.

Cell: side by side, together
Caught by: test_orders_with_different_keys_do_not_wait_for_each_other
Reads: They stood in a queue
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException, Request
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
ids = itertools.count(1)
kept: dict[str, tuple[NewOrder, asyncio.Task[Order]]] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=10), timeout=httpx.Timeout(5, pool=None)
    ) as client:
        app.state.client = client
        yield
        tasks = [task for _, task in kept.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


async def charge(new: NewOrder, key: str) -> None:
    try:
        answer = await app.state.client.post(
            CHARGES, json=new.model_dump(), headers={"Idempotency-Key": key}
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise HTTPException(502, "Payment failed") from error


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


def forget(key: str, task: asyncio.Task[Order]) -> None:
    if task.cancelled() or task.exception():
        if key in kept and kept[key][1] is task:
            del kept[key]


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key) -> Order:
    if key in kept and kept[key][0] != new:
        raise HTTPException(422, "This key belongs to another order")
    if new.item not in stock:
        raise HTTPException(404, "No such item")
    if key not in kept:
        task = asyncio.create_task(carry_out(new, key))
        kept[key] = new, task
        task.add_done_callback(lambda done: forget(key, done))
    return await asyncio.shield(kept[key][1])


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
