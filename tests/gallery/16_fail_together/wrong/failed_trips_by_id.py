"""Mistake: a failed trip is noted by its id, so another POST of the same trip fails with it.

Cell: for itself, together
Caught by: test_the_same_trip_twice_at_once_is_two_trips
Reads: an earlier one for the same trip failed
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

PARTNERS = ("flight", "hotel", "car")

# Trips of which a call has failed: nothing more is to be booked for them.
failed_trips: set[int] = set()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def call(
    client: httpx.AsyncClient, name: str, method: str, path: str, body: Any = None
) -> int:
    try:
        response = await client.request(method, f"https://{name}.example{path}", json=body)
        if response.status_code == 409:
            raise HTTPException(409, f"{name} is sold out")
        if response.status_code >= 400:
            raise HTTPException(502, f"{name} failed")
        return response.json()["id"]
    except (httpx.RequestError, ValueError, KeyError, TypeError) as error:
        raise HTTPException(502, f"{name} failed") from error


async def get_offer(client: httpx.AsyncClient, name: str, trip_id: int) -> int:
    return await call(client, name, "GET", f"/offers/{trip_id}")


async def book(client: httpx.AsyncClient, name: str, trip_id: int) -> int:
    offer = await get_offer(client, name, trip_id)
    if trip_id in failed_trips:
        raise HTTPException(502, f"{name} failed")
    return await call(client, name, "POST", "/bookings", {"offer": offer})


async def offer_or_none(client: httpx.AsyncClient, name: str, trip_id: int) -> int | None:
    try:
        async with asyncio.timeout(1):
            return await get_offer(client, name, trip_id)
    except (HTTPException, TimeoutError):
        return None


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int) -> dict[str, int]:
    client: httpx.AsyncClient = app.state.client
    failed_trips.discard(trip_id)  # a new attempt
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(book(client, name, trip_id)) for name in PARTNERS}
        return {name: task.result() for name, task in tasks.items()}
    except* HTTPException as errors:
        failed_trips.add(trip_id)
        failed = errors.exceptions[0]
    raise failed


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int) -> dict[str, Any]:
    client: httpx.AsyncClient = app.state.client
    found = await asyncio.gather(*(offer_or_none(client, name, trip_id) for name in PARTNERS))
    offers = {name: offer for name, offer in zip(PARTNERS, found, strict=True) if offer is not None}
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": [name for name in PARTNERS if name not in offers]}
