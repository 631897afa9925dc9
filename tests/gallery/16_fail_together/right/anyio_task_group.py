"""anyio's task group and its time limits."""

import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
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
    booked: dict[str, int] = {}

    async def one(partner: str) -> None:
        booked[partner] = await book(client, partner, trip_id)

    problems: list[HTTPException] = []
    try:
        async with anyio.create_task_group() as group:
            for partner in PARTNERS:
                group.start_soon(one, partner)
    except* HTTPException as errors:
        problems += [each for each in errors.exceptions if isinstance(each, HTTPException)]
    if problems:
        raise problems[0]
    return booked


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    came: dict[str, int] = {}

    async def one(partner: str) -> None:
        with contextlib.suppress(HTTPException):
            came[partner] = await find(client, partner, trip_id)

    with anyio.move_on_after(1):
        async with anyio.create_task_group() as group:
            for partner in PARTNERS:
                group.start_soon(one, partner)
    return shown(came)


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
