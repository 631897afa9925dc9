"""Mistake: whoever has no result is said to have failed, also who was only cancelled.

Cell: sold out, alone
Caught by: test_a_sold_out_partner_is_a_409
Reads: take status and name from the exception of its call
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

PARTNERS = ("flight", "hotel", "car")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def call(client: httpx.AsyncClient, partner: str, method: str, path: str, **more: Any) -> int:
    try:
        response = await client.request(method, f"https://{partner}.example{path}", **more)
        response.raise_for_status()
        return response.json()["id"]
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 409:
            raise HTTPException(409, f"{partner} is sold out") from error
        raise HTTPException(502, f"{partner} failed") from error
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(502, f"{partner} failed") from error


async def find(client: httpx.AsyncClient, partner: str, trip_id: int) -> int:
    return await call(client, partner, "GET", f"/offers/{trip_id}")


async def book(client: httpx.AsyncClient, partner: str, trip_id: int) -> int:
    offer = await find(client, partner, trip_id)
    return await call(client, partner, "POST", "/bookings", json={"offer": offer})


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    tasks = [asyncio.create_task(book(client, each, trip_id)) for each in PARTNERS]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in pending:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    statuses = [task.exception() for task in done if task.exception() is not None]
    for partner, task in zip(PARTNERS, tasks, strict=True):
        if task.cancelled() or task.exception() is not None:
            first = statuses[0]
            sold_out = isinstance(first, HTTPException) and first.status_code == 409
            raise HTTPException(
                *((409, f"{partner} is sold out") if sold_out else (502, f"{partner} failed"))
            )
    return {p: task.result() for p, task in zip(PARTNERS, tasks, strict=True)}


async def offer_or_none(client: httpx.AsyncClient, partner: str, trip_id: int) -> int | None:
    try:
        async with asyncio.timeout(1):
            return await find(client, partner, trip_id)
    except (HTTPException, TimeoutError):
        return None


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    came = await asyncio.gather(*(offer_or_none(client, each, trip_id) for each in PARTNERS))
    offers = {p: offer for p, offer in zip(PARTNERS, came, strict=True) if offer is not None}
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": [each for each in PARTNERS if each not in offers]}
