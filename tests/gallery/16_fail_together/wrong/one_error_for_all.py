"""Mistake: the failure stands in the module, where the next request finds it.

Cell: for itself, again
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


problems: list[HTTPException] = []


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {each: group.create_task(book(client, each, trip_id)) for each in PARTNERS}
    except* HTTPException as errors:
        problems.extend(each for each in errors.exceptions if isinstance(each, HTTPException))
    if problems:
        raise problems[0]
    return {partner: task.result() for partner, task in tasks.items()}


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
