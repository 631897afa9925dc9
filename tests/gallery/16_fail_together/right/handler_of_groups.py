"""An exception handler for ExceptionGroup, for the whole app; the status is made there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

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


@app.exception_handler(ExceptionGroup)
async def one_of_them(request: Request, group: ExceptionGroup[Exception]) -> JSONResponse:
    first = group.exceptions[0]
    if not isinstance(first, HTTPException):
        raise first
    return JSONResponse({"detail": first.detail}, first.status_code)


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(book(client, each, trip_id)) for each in PARTNERS]
    return {partner: task.result() for partner, task in zip(PARTNERS, tasks, strict=True)}


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    came: dict[str, int] = {}

    async def one(partner: str) -> None:
        try:
            came[partner] = await find(client, partner, trip_id)
        except HTTPException:
            pass

    try:
        async with asyncio.timeout(1), asyncio.TaskGroup() as group:
            for partner in PARTNERS:
                group.create_task(one(partner))
    except TimeoutError:
        pass
    return shown(came)


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
