"""Mistake: an offer with the id 0 is not booked.

Cell: trip, values
Caught by: test_a_trip_is_a_booking_with_each_partner
Reads: An offer with the id 0 is an offer
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
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def called(name: str, method: str, path: str, **more: Any) -> int:
    try:
        response = await app.state.client.request(method, f"https://{name}.example/{path}", **more)
        if response.status_code == 409:
            raise HTTPException(409, f"{name} is sold out")
        if response.status_code >= 400:
            raise HTTPException(502, f"{name} failed")
        return response.json()["id"]
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(502, f"{name} failed") from error


async def get_offer(name: str, trip_id: int) -> int:
    return await called(name, "GET", f"offers/{trip_id}")


async def book(name: str, trip_id: int) -> int:
    offer = await get_offer(name, trip_id)
    if not offer:
        raise HTTPException(502, f"{name} failed")
    return await called(name, "POST", "bookings", json={"offer": offer})


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int) -> dict[str, int]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(book(name, trip_id)) for name in PARTNERS}
    except* HTTPException as errors:
        failed = errors.exceptions[0]
    else:
        return {name: task.result() for name, task in tasks.items()}
    raise failed


async def offer_or_none(name: str, trip_id: int) -> int | None:
    try:
        async with asyncio.timeout(1):
            return await get_offer(name, trip_id)
    except (HTTPException, TimeoutError):
        return None


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int) -> dict[str, Any]:
    found = await asyncio.gather(*(offer_or_none(name, trip_id) for name in PARTNERS))
    offers = {name: offer for name, offer in zip(PARTNERS, found, strict=True) if offer is not None}
    missing = [name for name in PARTNERS if name not in offers]
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": missing}
