"""Mistake: the client of a charge is closed only if the charge goes well.

Cell: clean, failures
Caught by: test_nothing_is_left_open
Reads: A charge had failed: close what was opened for it
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

done: dict[str, Order] = {}
clients: list[httpx.AsyncClient] = []
busy: dict[str, tuple[NewOrder, asyncio.Task[None]]] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield
    while busy:
        await asyncio.wait([task for _, task in busy.values()])
        await asyncio.sleep(0)


app = FastAPI(lifespan=lifespan)


async def charge(new: NewOrder, key: str) -> None:
    try:
        client = httpx.AsyncClient()
        clients.append(client)
        response = await client.post(
            CHARGES, json=new.model_dump(), headers={"Idempotency-Key": key.encode("latin-1")}
        )
        response.raise_for_status()
        await client.aclose()
        done[key] = Order(id=next(numbers), **new.model_dump())
    except BaseException:
        stock[new.item] += new.quantity
        raise
    finally:
        del busy[key]


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key) -> Order:
    while True:
        if key in done:
            if NewOrder(item=done[key].item, quantity=done[key].quantity) != new:
                raise HTTPException(422, "This key belongs to another order")
            return done[key]
        if key not in busy:
            break
        other, task = busy[key]
        if other != new:
            raise HTTPException(422, "This key belongs to another order")
        await asyncio.wait([task])
    if new.item not in stock:
        raise HTTPException(404, "No such item")
    if stock[new.item] < new.quantity:
        raise HTTPException(409, "Sold out")
    stock[new.item] -= new.quantity
    task = asyncio.create_task(charge(new, key))
    busy[key] = new, task
    try:
        await asyncio.shield(task)
    except httpx.HTTPError as error:
        raise HTTPException(502, "Payment failed") from error
    return done[key]


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
