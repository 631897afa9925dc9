"""Raises inside the `except*` clause: Python makes no group of what is the only one left."""

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


async def call(name: str, method: str, path: str, **options: Any) -> int:
    try:
        response = await app.state.client.request(
            method, f"https://{name}.example{path}", **options
        )
        if response.status_code == 409:
            raise HTTPException(409, f"{name} is sold out")
        if response.status_code >= 400:
            raise HTTPException(502, f"{name} failed")
        return response.json()["id"]
    except (httpx.RequestError, ValueError, KeyError, TypeError) as error:
        raise HTTPException(502, f"{name} failed") from error


async def get_offer(name: str, trip_id: int) -> int:
    return await call(name, "GET", f"/offers/{trip_id}")


async def book(name: str, trip_id: int) -> int:
    offer = await get_offer(name, trip_id)
    return await call(name, "POST", "/bookings", json={"offer": offer})


async def offer_or_none(name: str, trip_id: int) -> int | None:
    try:
        async with asyncio.timeout(1):
            return await get_offer(name, trip_id)
    except (HTTPException, TimeoutError):
        return None


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int) -> dict[str, int]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(book(name, trip_id)) for name in PARTNERS}
    except* HTTPException as errors:
        failed = errors.exceptions[0]
        assert isinstance(failed, HTTPException)
        raise HTTPException(failed.status_code, failed.detail) from None
    return {name: task.result() for name, task in tasks.items()}


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int) -> dict[str, Any]:
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(offer_or_none(name, trip_id)) for name in PARTNERS}
    found = {name: task.result() for name, task in tasks.items()}
    offers = {name: offer for name, offer in found.items() if offer is not None}
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": [name for name in PARTNERS if name not in offers]}
