"""Routes with `def` and a client that blocks: threads share a condition, and the charge is made outside of it."""

import itertools
import threading
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
kept: dict[str, tuple[NewOrder, Order | None]] = {}
"""The order of each key, and its answer, or None while the work on it goes on."""
changed = threading.Condition()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with httpx.Client() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def carry_out(new: NewOrder, key: str) -> Order:
    try:
        charge(new, key)
    except BaseException:
        with changed:
            stock[new.item] += new.quantity
            del kept[key]
            changed.notify_all()
        raise
    with changed:
        answer = Order(id=next(ids), **new.model_dump())
        kept[key] = new, answer
        changed.notify_all()
        return answer


def charge(new: NewOrder, key: str) -> None:
    try:
        response = app.state.client.post(
            CHARGES, json=new.model_dump(), headers={"Idempotency-Key": key}
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise HTTPException(502, "Payment failed") from error


@app.post("/orders", status_code=201)
def order(new: NewOrder, key: Key) -> Order:
    if new.item not in stock:
        raise HTTPException(404, "No such item")
    with changed:
        while key in kept:
            first, answer = kept[key]
            if first != new:
                raise HTTPException(422, "This key belongs to another order")
            if answer is not None:
                return answer
            changed.wait()
        if stock[new.item] < new.quantity:
            raise HTTPException(409, "Sold out")
        stock[new.item] -= new.quantity
        kept[key] = new, None
    return carry_out(new, key)


@app.get("/stock/{item}")
def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
