"""One task takes the orders from a queue, one after the other, and starts a task for each charge."""

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
Asked = tuple[NewOrder, str, "asyncio.Future[Order]"]
kept: dict[str, tuple[NewOrder, "asyncio.Future[Order]"]] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        app.state.asked = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            taking = group.create_task(take(app.state.asked, group))
            yield
            taking.cancel()


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


async def take(asked: "asyncio.Queue[Asked]", group: asyncio.TaskGroup) -> None:
    while True:
        new, key, answer = await asked.get()
        first, same = kept.setdefault(key, (new, answer))
        if first != new:
            answer.set_exception(HTTPException(422, "This key belongs to another order"))
        elif same is answer:
            group.create_task(work(new, key, answer))
        else:
            same.add_done_callback(lambda same, answer=answer: pass_on(same, answer))


def pass_on(same: "asyncio.Future[Order]", answer: "asyncio.Future[Order]") -> None:
    if (error := same.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(same.result())


async def work(new: NewOrder, key: str, answer: "asyncio.Future[Order]") -> None:
    try:
        answer.set_result(await carry_out(new, key))
    except HTTPException as refused:
        del kept[key]
        answer.set_exception(refused)


@app.post("/orders", status_code=201)
async def order(new: NewOrder, key: Key) -> Order:
    if new.item not in stock:
        raise HTTPException(404, "No such item")
    answer: asyncio.Future[Order] = asyncio.get_running_loop().create_future()
    app.state.asked.put_nowait((new, key, answer))
    return await answer


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
