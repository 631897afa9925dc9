"""16 · Fail together. The lesson is in README.md, beside this file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

PARTNERS = ("flight", "hotel", "car")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield


app = FastAPI(lifespan=lifespan)


# TODO: write both routes. One failure ends a booking; offers are answered without those that fail.
@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int) -> dict[str, int]:
    raise NotImplementedError


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int) -> dict[str, Any]:
    raise NotImplementedError
