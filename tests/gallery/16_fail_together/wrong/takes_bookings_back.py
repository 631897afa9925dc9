"""Mistake: after a failure, the bookings that were made are taken back at the partners, by a call more.

Cell: ends, failures
Caught by: test_no_call_begins_after_a_booking_has_failed
Reads: one that takes a booking back is a call too
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
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


async def book(
    client: httpx.AsyncClient, partner: str, trip_id: int, booked: dict[str, int]
) -> None:
    offer = await find(client, partner, trip_id)
    booked[partner] = await call(client, partner, "POST", "/bookings", json={"offer": offer})


async def take_back(client: httpx.AsyncClient, booked: dict[str, int]) -> None:
    for partner, booking in booked.items():
        with suppress(httpx.RequestError):
            await client.delete(f"https://{partner}.example/bookings/{booking}")


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    booked: dict[str, int] = {}
    try:
        async with asyncio.TaskGroup() as group:
            for partner in PARTNERS:
                group.create_task(book(client, partner, trip_id, booked))
        return {partner: booked[partner] for partner in PARTNERS}
    except* HTTPException as errors:
        failed = errors.exceptions[0]
    await take_back(client, booked)
    raise failed


async def offer_or_none(client: httpx.AsyncClient, partner: str, trip_id: int) -> int | None:
    try:
        async with asyncio.timeout(1):
            return await find(client, partner, trip_id)
    except (HTTPException, TimeoutError):
        return None


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    found = await asyncio.gather(*(offer_or_none(client, each, trip_id) for each in PARTNERS))
    offers = {each: offer for each, offer in zip(PARTNERS, found, strict=True) if offer is not None}
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": [each for each in PARTNERS if each not in offers]}
