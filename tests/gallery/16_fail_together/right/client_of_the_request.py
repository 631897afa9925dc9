"""A client for each request from a dependency, errors of its own, and one handler for them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

PARTNERS = ("flight", "hotel", "car")


class PartnerError(Exception):
    """A partner has failed, or has nothing left."""

    def __init__(self, partner: str, sold_out: bool = False) -> None:
        self.status = 409 if sold_out else 502
        self.detail = f"{partner} is sold out" if sold_out else f"{partner} failed"


async def a_client() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


Client = Annotated[httpx.AsyncClient, Depends(a_client)]
app = FastAPI()


@app.exception_handler(PartnerError)
async def told(request: Request, error: PartnerError) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, error.status)


async def id_of(partner: str, coming: Awaitable[httpx.Response]) -> int:
    try:
        response = await coming
        if response.is_error:
            raise PartnerError(partner, response.status_code == 409)
        return Answer.model_validate_json(response.content).id
    except (httpx.RequestError, ValueError) as error:
        raise PartnerError(partner) from error


class Answer(BaseModel):
    id: int


async def find(client: httpx.AsyncClient, partner: str, trip_id: int) -> int:
    return await id_of(partner, client.get(f"https://{partner}.example/offers/{trip_id}"))


async def book(client: httpx.AsyncClient, partner: str, trip_id: int) -> int:
    body = {"offer": await find(client, partner, trip_id)}
    return await id_of(partner, client.post(f"https://{partner}.example/bookings", json=body))


@app.post("/trips/{trip_id}", status_code=201)
async def book_trip(trip_id: int, client: Client) -> dict[str, int]:
    first: list[PartnerError] = []
    try:
        async with asyncio.TaskGroup() as group:
            flight, hotel, car = (group.create_task(book(client, p, trip_id)) for p in PARTNERS)
        return {"flight": flight.result(), "hotel": hotel.result(), "car": car.result()}
    except* PartnerError as errors:
        first.extend(each for each in errors.exceptions if isinstance(each, PartnerError))
    raise first[0]


@app.get("/trips/{trip_id}/offers")
async def read_offers(trip_id: int, client: Client) -> Any:
    async def one(partner: str) -> int | PartnerError:
        try:
            return await asyncio.wait_for(find(client, partner, trip_id), timeout=1)
        except (PartnerError, TimeoutError):
            return PartnerError(partner)

    came = await asyncio.gather(one("flight"), one("hotel"), one("car"))
    offers = {p: each for p, each in zip(PARTNERS, came, strict=True) if isinstance(each, int)}
    missing = [p for p in PARTNERS if p not in offers]
    if len(missing) == len(PARTNERS):
        return JSONResponse({"detail": "no offers"}, 502)
    return {"offers": offers, "missing": missing}
