"""Workers put what came of each partner into a queue; the route reads three, or the first failure."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
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


class Running:
    """The calls of one request. Leaving the block ends them."""

    def __init__(self) -> None:
        self.results: asyncio.Queue[tuple[str, int | HTTPException]] = asyncio.Queue()
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, partner: str, work: Coroutine[Any, Any, int]) -> None:
        self.tasks.append(asyncio.create_task(self._run(partner, work)))

    async def _run(self, partner: str, work: Coroutine[Any, Any, int]) -> None:
        try:
            self.results.put_nowait((partner, await work))
        except HTTPException as error:
            self.results.put_nowait((partner, error))

    async def __aenter__(self) -> "Running":
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    client: httpx.AsyncClient = request.app.state.client
    booked: dict[str, int] = {}
    async with Running() as running:
        for partner in PARTNERS:
            running.start(partner, book(client, partner, trip_id))
        while len(booked) < len(PARTNERS):
            partner, result = await running.results.get()
            if isinstance(result, HTTPException):
                raise result
            booked[partner] = result
    return booked


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    client: httpx.AsyncClient = request.app.state.client
    came: dict[str, int] = {}
    async with Running() as running:
        for partner in PARTNERS:
            running.start(partner, find(client, partner, trip_id))
        try:
            async with asyncio.timeout(1):
                for _ in PARTNERS:
                    partner, result = await running.results.get()
                    if not isinstance(result, HTTPException):
                        came[partner] = result
        except TimeoutError:
            pass
    return shown(came)


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
