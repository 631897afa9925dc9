"""Mistake: the client waits for a second, for bookings too.

Cell: together, slow
Caught by: test_the_partners_are_asked_together
Reads: Every call was good, and took two seconds
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request

PARTNERS = ("flight", "hotel", "car")
PATIENCE = 1.0
"""Seconds that an offer may take, if somebody only looks."""


class Partner:
    """One of the partners, as the routes see it: it answers, or raises what the traveller shall read."""

    def __init__(self, client: httpx.AsyncClient, name: str) -> None:
        self.client = client
        self.name = name

    async def offer(self, trip_id: int) -> int:
        return await self._call("GET", f"/offers/{trip_id}")

    async def book(self, trip_id: int) -> int:
        offer = await self.offer(trip_id)
        # If a sibling has failed meanwhile, the line above raised CancelledError, and this one
        # never runs.
        return await self._call("POST", "/bookings", {"offer": offer})

    async def offer_or_none(self, trip_id: int) -> int | None:
        # Only what is expected becomes None. A cancellation goes through, and so does a bug.
        try:
            # httpx's own time-outs are for one step each. This one is for the whole call.
            async with asyncio.timeout(PATIENCE):
                return await self.offer(trip_id)
        except (HTTPException, TimeoutError):
            return None

    async def _call(self, method: str, path: str, body: dict[str, int] | None = None) -> int:
        # The error is translated here, where the partner's name is known. Outside of the task group
        # it would be one of several, and nobody could tell whose it is.
        try:
            url = f"https://{self.name}.example{path}"
            response = await self.client.request(method, url, json=body)
            response.raise_for_status()
            return response.json()["id"]
        except httpx.HTTPStatusError as error:
            if error.response.status_code == 409:
                raise HTTPException(409, f"{self.name} is sold out") from error
            raise HTTPException(502, f"{self.name} failed") from error
        except (httpx.RequestError, ValueError) as error:
            raise HTTPException(502, f"{self.name} failed") from error


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient(timeout=1) as client:
        app.state.partners = [Partner(client, name) for name in PARTNERS]
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, request: Request) -> dict[str, int]:
    partners: list[Partner] = request.app.state.partners
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {each.name: group.create_task(each.book(trip_id)) for each in partners}
        return {name: task.result() for name, task in tasks.items()}
    except* HTTPException as errors:
        # Several may have failed at once; the traveller is told of one.
        failed = errors.exceptions[0]
    # Raised out here, it is an exception like any other, and FastAPI has a handler for it.
    raise failed


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, request: Request) -> dict[str, Any]:
    partners: list[Partner] = request.app.state.partners
    came = await asyncio.gather(*(each.offer_or_none(trip_id) for each in partners))
    offers = {
        each.name: offer for each, offer in zip(partners, came, strict=True) if offer is not None
    }
    if not offers:
        raise HTTPException(502, "no offers")
    return {"offers": offers, "missing": [name for name in PARTNERS if name not in offers]}
