"""Two steps: all offers, and only then all bookings, each step in a task group."""

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
    except httpx.RequestError as error:
        raise HTTPException(502, f"{partner} failed") from error
    if response.status_code == 409:
        raise HTTPException(409, f"{partner} is sold out")
    try:
        return response.raise_for_status().json()["id"]
    except (httpx.HTTPStatusError, ValueError) as error:
        raise HTTPException(502, f"{partner} failed") from error


async def find(client: httpx.AsyncClient, partner: str, trip_id: int) -> int:
    return await call(client, partner, "GET", f"/offers/{trip_id}")


async def book(client: httpx.AsyncClient, partner: str, trip_id: int) -> int:
    offer = await find(client, partner, trip_id)
    return await call(client, partner, "POST", "/bookings", json={"offer": offer})


async def together(client: httpx.AsyncClient, calls: dict[str, Any]) -> dict[str, int]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(each) for name, each in calls.items()}
    except ExceptionGroup as group_of_errors:
        raise group_of_errors.exceptions[0] from None
    return {name: task.result() for name, task in tasks.items()}


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    offers = await together(client, {each: find(client, each, trip_id) for each in PARTNERS})
    bookings = {
        each: call(client, each, "POST", "/bookings", json={"offer": offer})
        for each, offer in offers.items()
    }
    return await together(client, bookings)


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    ends = asyncio.get_running_loop().time() + 1

    async def one(partner: str) -> int | None:
        try:
            async with asyncio.timeout_at(ends):
                return await find(client, partner, trip_id)
        except (TimeoutError, HTTPException):
            return None

    came = await asyncio.gather(*map(one, PARTNERS))
    return shown({p: o for p, o in zip(PARTNERS, came, strict=True) if o is not None})


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
