"""Mistake: an offer is asked for once more if the connection ends.

Cell: together, failures
Caught by: test_a_partner_that_cannot_be_reached_or_breaks_off_has_failed
Reads: least of all a booking
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

PARTNERS = ("flight", "hotel", "car")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def ask(name: str, method: str, path: str, body: dict[str, int] | None = None) -> int:
    try:
        url = f"https://{name}.example{path}"
        try:
            response = await app.state.client.request(method, url, json=body)
        except httpx.RemoteProtocolError:
            if method != "GET":
                raise
            response = await app.state.client.request(method, url)
        if response.status_code == 409:
            raise HTTPException(409, f"{name} is sold out")
        if response.status_code >= 400:
            raise HTTPException(502, f"{name} failed")
        return response.json()["id"]
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(502, f"{name} failed") from error


async def book(name: str, trip_id: int) -> int:
    offer = await ask(name, "GET", f"/offers/{trip_id}")
    return await ask(name, "POST", "/bookings", {"offer": offer})


async def offer_or_none(name: str, trip_id: int) -> int | None:
    try:
        async with asyncio.timeout(1):
            return await ask(name, "GET", f"/offers/{trip_id}")
    except (HTTPException, TimeoutError):
        return None


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int) -> dict[str, int]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(book(name, trip_id)) for name in PARTNERS}
        return {name: task.result() for name, task in tasks.items()}
    except* HTTPException as errors:
        failed = errors.exceptions[0]
    raise failed


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int) -> dict[str, Any]:
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(offer_or_none(name, trip_id)) for name in PARTNERS}
    found = {name: task.result() for name, task in tasks.items()}
    offers = {name: offer for name, offer in found.items() if offer is not None}
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": [name for name in PARTNERS if name not in offers]}
