"""Mistake: each of those who waited for a failed order frees the key, whoever has it by then.

Cell: key free, moments
Caught by: test_a_failure_is_kept_for_nobody
Reads: Two tries for the key were under way at once
"""

import asyncio
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field


class NewOrder(BaseModel):
    item: int
    quantity: int = Field(gt=0)


stock = {1: 10, 2: 10, 3: 10, 4: 10, 5: 10, 6: 10, 7: 10, 8: 10, 9: 10}
records = {}
background = []
number_of_orders = 0
client = None


@asynccontextmanager
async def lifespan(app: FastAPI):
    global client
    client = httpx.AsyncClient(timeout=6)
    yield
    for task in background:
        if not task.done():
            task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    background.clear()
    await client.aclose()
    client = None


app = FastAPI(lifespan=lifespan)


async def pay(record, key):
    global number_of_orders
    item = record["item"]
    quantity = record["quantity"]
    success = False
    try:
        response = await client.post(
            "https://pay.example/charges",
            json={"item": item, "quantity": quantity},
            headers={"Idempotency-Key": key.encode("latin-1")},
        )
        if response.status_code < 400:
            success = True
    except httpx.TimeoutException:
        success = False
    except httpx.RequestError:
        success = False
    finally:
        if success:
            records[key] = record
            number_of_orders = number_of_orders + 1
            record["id"] = number_of_orders
            record["state"] = "paid"
        else:
            stock[item] = stock[item] + quantity
            if records.get(key) is record:
                del records[key]
            record["state"] = "failed"


@app.post("/orders", status_code=201)
async def order(new: NewOrder, idempotency_key: Annotated[str, Header(min_length=1)]):
    key = idempotency_key
    mine = key not in records
    if key in records:
        record = records[key]
        if record["item"] != new.item or record["quantity"] != new.quantity:
            raise HTTPException(status_code=422, detail="This key belongs to another order")
    else:
        if new.item not in stock:
            raise HTTPException(status_code=404, detail="No such item")
        if stock[new.item] < new.quantity:
            raise HTTPException(status_code=409, detail="Sold out")
        stock[new.item] = stock[new.item] - new.quantity
        record = {"item": new.item, "quantity": new.quantity, "state": "begun"}
        records[key] = record
        background.append(asyncio.create_task(pay(record, key)))
    while record["state"] == "begun":
        await asyncio.sleep(0.005 if mine else 0.25)
    if record["state"] == "failed":
        records.pop(key, None)
        raise HTTPException(status_code=502, detail="Payment failed")
    return {"id": record["id"], "item": record["item"], "quantity": record["quantity"]}


@app.get("/stock/{item}")
async def left(item: int):
    if item not in stock:
        raise HTTPException(status_code=404, detail="No such item")
    return {"item": item, "left": stock[item]}
