"""Mistake: the latest sixteen keys are kept, and no more.

Cell: same answer, again
Caught by: test_the_same_order_again_gets_the_same_answer
Reads: remember the answers of all keys
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

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
numbers = itertools.count(1)

kept: dict[str, tuple[NewOrder, asyncio.Task[Order]]] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield
        tasks = [task for _, task in kept.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


async def carry_out(client: httpx.AsyncClient, new: NewOrder, key: str) -> Order:
    if new.item not in stock:
        raise HTTPException(404, "No such item")
    if stock[new.item] < new.quantity:
        raise HTTPException(409, "Sold out")
    stock[new.item] -= new.quantity
    try:
        response = await client.post(
            CHARGES, json=new.model_dump(), headers={"Idempotency-Key": key.encode("latin-1")}
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        stock[new.item] += new.quantity
        raise HTTPException(502, "Payment failed") from error
    except BaseException:
        stock[new.item] += new.quantity
        raise
    return Order(id=next(numbers), **new.model_dump())


def forget(key: str, task: asyncio.Task[Order]) -> None:
    if (task.cancelled() or task.exception()) and key in kept and kept[key][1] is task:
        del kept[key]


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key, request: Request) -> Order:
    if key not in kept:
        task = asyncio.create_task(carry_out(request.app.state.client, new, key))
        task.add_done_callback(lambda done: forget(key, done))
        kept[key] = new, task
        if len(kept) > 16:
            oldest = next(iter(kept))
            if kept[oldest][1].done():
                del kept[oldest]
    first, answer = kept[key]
    if first != new:
        raise HTTPException(422, "This key belongs to another order")
    return await asyncio.shield(answer)


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
