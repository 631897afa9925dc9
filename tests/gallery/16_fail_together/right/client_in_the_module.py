"""A client in the module, closed at shutdown, and a callback of each task that cancels the others."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

PARTNERS = ("flight", "hotel", "car")
CLIENT = httpx.AsyncClient(timeout=8)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield
    await CLIENT.aclose()


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
async def book_trip(trip_id: int) -> dict[str, int]:
    tasks = {each: asyncio.create_task(book(CLIENT, each, trip_id)) for each in PARTNERS}
    failures: list[BaseException] = []

    def ended(task: asyncio.Task[int]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            failures.append(error)
            for each in tasks.values():
                each.cancel()

    for task in tasks.values():
        task.add_done_callback(ended)
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    if failures:
        raise failures[0]
    return {partner: task.result() for partner, task in tasks.items()}


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int) -> dict[str, Any]:
    tasks = {each: asyncio.create_task(find(CLIENT, each, trip_id)) for each in PARTNERS}
    timers = [asyncio.get_running_loop().call_later(1, task.cancel) for task in tasks.values()]
    results = await asyncio.gather(*tasks.values(), return_exceptions=True)
    for timer in timers:
        timer.cancel()
    return shown(
        {
            partner: result
            for partner, result in zip(PARTNERS, results, strict=True)
            if not isinstance(result, BaseException)
        }
    )


def shown(came: dict[str, int]) -> dict[str, Any]:
    if not came:
        raise HTTPException(502, "no offers")
    return {"offers": came, "missing": [each for each in PARTNERS if each not in came]}
