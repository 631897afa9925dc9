"""Mistake: looks at one trip share the calls that are under way.

Cell: for itself, together
Caught by: test_the_offers_of_all_are_shown_and_nothing_is_booked
Reads: what another one asks is not its own
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

PARTNERS = ("flight", "hotel", "car")
asking: dict[int, asyncio.Future] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(limits=limits) as app.state.client:
        yield


app = FastAPI(lifespan=lifespan)


async def call(
    client: httpx.AsyncClient, name: str, method: str, path: str, body: Any = None
) -> int:
    try:
        response = await client.request(method, f"https://{name}.example{path}", json=body)
        if response.status_code == 409:
            raise HTTPException(409, f"{name} is sold out")
        if response.is_error:
            raise HTTPException(502, f"{name} failed")
        return response.json()["id"]
    except (httpx.RequestError, ValueError) as error:
        raise HTTPException(502, f"{name} failed") from error


async def book(client: httpx.AsyncClient, name: str, trip_id: int) -> int:
    offer = await call(client, name, "GET", f"/offers/{trip_id}")
    return await call(client, name, "POST", "/bookings", {"offer": offer})


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int) -> dict[str, int]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {
                name: group.create_task(book(app.state.client, name, trip_id)) for name in PARTNERS
            }
    except* HTTPException as errors:
        failed = errors.exceptions[0]
    else:
        failed = None
    if failed is not None:
        raise failed
    return {name: task.result() for name, task in tasks.items()}


async def offer_or_none(client: httpx.AsyncClient, name: str, trip_id: int) -> int | None:
    try:
        async with asyncio.timeout(1):
            return await call(client, name, "GET", f"/offers/{trip_id}")
    except (HTTPException, TimeoutError):
        return None


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int) -> dict[str, Any]:
    if trip_id not in asking:
        asking[trip_id] = asyncio.gather(
            *(offer_or_none(app.state.client, name, trip_id) for name in PARTNERS)
        )
        asking[trip_id].add_done_callback(lambda _: asking.pop(trip_id, None))
    found = await asyncio.shield(asking[trip_id])
    offers = {name: offer for name, offer in zip(PARTNERS, found, strict=True) if offer is not None}
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": [name for name in PARTNERS if name not in offers]}
