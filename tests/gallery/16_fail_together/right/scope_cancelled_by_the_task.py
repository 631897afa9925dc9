"""No exception leaves a task: it notes its failure and cancels the scope of all."""

import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
from fastapi import FastAPI, HTTPException, Request, Response

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
async def book_trip(trip_id: int, request: Request, response: Response) -> Any:
    client: httpx.AsyncClient = request.app.state.client
    booked: dict[str, int] = {}
    problem: HTTPException | None = None

    async def one(partner: str) -> None:
        nonlocal problem
        try:
            booked[partner] = await book(client, partner, trip_id)
        except HTTPException as error:
            problem = problem or error
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for partner in PARTNERS:
            group.start_soon(one, partner)
    if problem is not None:
        response.status_code = problem.status_code
        return {"detail": problem.detail}
    return booked


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    came: dict[str, int] = {}

    async def one(partner: str) -> None:
        with anyio.move_on_after(1), contextlib.suppress(HTTPException):
            came[partner] = await find(client, partner, trip_id)

    async with anyio.create_task_group() as group:
        for partner in PARTNERS:
            group.start_soon(one, partner)
    return shown(came)


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
