"""A middleware keeps the order and the answer of each key, and lets equal ones take turns."""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
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
answers: dict[str, tuple[object, bytes]] = {}
turns: dict[str, asyncio.Lock] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.middleware("http")
async def keep_answers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or not key:
        return await call_next(request)
    body = json.loads(await request.body())
    async with turns.setdefault(key, asyncio.Lock()):
        if key in answers:
            first, content = answers[key]
            if first != body:
                return JSONResponse({"detail": "This key belongs to another order"}, 422)
            return Response(content, 201, media_type="application/json")
        response = await call_next(request)
        content = b"".join([part async for part in response.body_iterator])  # type: ignore
        if response.status_code == 201:
            answers[key] = body, content
        return Response(content, response.status_code, media_type="application/json")


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
    return await carry_out(new, key)


@app.get("/stock/{item}")
async def left(item: int) -> Stock:
    if item not in stock:
        raise HTTPException(404, "No such item")
    return Stock(item=item, left=stock[item])
