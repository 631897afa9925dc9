"""gather, and a `finally` that cancels what still runs and waits for its end."""

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
    tasks = [asyncio.create_task(book(client, each, trip_id)) for each in PARTNERS]
    try:
        return dict(zip(PARTNERS, await asyncio.gather(*tasks), strict=True))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    calls = (asyncio.wait_for(find(client, each, trip_id), 1) for each in PARTNERS)
    came = await asyncio.gather(*calls, return_exceptions=True)
    offers: dict[str, int] = {}
    for partner, each in zip(PARTNERS, came, strict=True):
        if isinstance(each, int):
            offers[partner] = each
        elif not isinstance(each, HTTPException | TimeoutError):
            raise each
    return shown(offers)


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
