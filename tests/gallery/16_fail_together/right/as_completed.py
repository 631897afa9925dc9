"""as_completed: whichever ends first is looked at first, and the rest is cancelled."""

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


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client

    async def one(partner: str) -> tuple[str, int]:
        return partner, await book(client, partner, trip_id)

    tasks = [asyncio.create_task(one(each)) for each in PARTNERS]
    booked: dict[str, int] = {}
    try:
        for next_one in asyncio.as_completed(tasks):
            partner, booking = await next_one
            booked[partner] = booking
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return booked


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client

    async def one(partner: str) -> tuple[str, int | None]:
        try:
            return partner, await find(client, partner, trip_id)
        except HTTPException:
            return partner, None

    tasks = [asyncio.create_task(one(each)) for each in PARTNERS]
    came: dict[str, int] = {}
    try:
        for next_one in asyncio.as_completed(tasks, timeout=1):
            partner, offer = await next_one
            if offer is not None:
                came[partner] = offer
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return shown(came)


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
