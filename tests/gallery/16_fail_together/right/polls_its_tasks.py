"""It looks every twenty milliseconds what has become of its tasks."""

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


async def ended(tasks: list[asyncio.Task[int]]) -> None:
    for task in tasks:
        task.cancel()
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.005)


def failure(task: asyncio.Task[int]) -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    tasks = [asyncio.create_task(book(client, each, trip_id)) for each in PARTNERS]
    while not all(task.done() for task in tasks):
        if any(failure(task) for task in tasks):
            await ended(tasks)
            break
        await asyncio.sleep(0.02)
    for task in tasks:
        if error := failure(task):
            raise error
    return {partner: task.result() for partner, task in zip(PARTNERS, tasks, strict=True)}


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    tasks = [asyncio.create_task(find(client, each, trip_id)) for each in PARTNERS]
    for _ in range(50):
        if all(task.done() for task in tasks):
            break
        await asyncio.sleep(0.02)
    await ended(tasks)
    return shown(
        {
            partner: task.result()
            for partner, task in zip(PARTNERS, tasks, strict=True)
            if not task.cancelled() and failure(task) is None
        }
    )


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
