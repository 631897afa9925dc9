"""An ASGI middleware takes any group apart; the tasks are in a dependency."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

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


class OneOfAGroup:
    """Outside of all routes: a group leaves as the first that is in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except ExceptionGroup as group:
            first = group.exceptions[0]
            if not isinstance(first, HTTPException):
                raise
            answer = JSONResponse({"detail": first.detail}, first.status_code)
            await answer(scope, receive, send)


app.add_middleware(OneOfAGroup)


async def booked(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    async with asyncio.TaskGroup() as group:
        tasks = {each: group.create_task(book(client, each, trip_id)) for each in PARTNERS}
    return {partner: task.result() for partner, task in tasks.items()}


async def found(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client

    async def one(partner: str) -> tuple[str, int]:
        try:
            return partner, await asyncio.wait_for(find(client, partner, trip_id), 1)
        except (HTTPException, TimeoutError):
            return partner, -1

    came = dict(await asyncio.gather(*map(one, PARTNERS)))
    return {partner: offer for partner, offer in came.items() if offer != -1}


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(bookings: Annotated[dict[str, int], Depends(booked)]) -> dict[str, int]:
    return bookings


@app.get("/trips/{trip_id}/offers")
async def read_offers(offers: Annotated[dict[str, int], Depends(found)]) -> dict[str, Any]:
    return shown(offers)


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
