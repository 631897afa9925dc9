"""A flight and a hotel are booked in one task group. After a second, the hotel says that it is sold out.

What is printed last?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()


async def book_flight() -> None:
    try:
        await asyncio.sleep(3)
        print("flight booked")
    except asyncio.CancelledError:
        await asyncio.sleep(1)
        print("flight given back")
        raise


async def book_hotel() -> None:
    await asyncio.sleep(1)
    raise HTTPException(409, "hotel is sold out")


@app.post("/trips")
async def trip() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(book_flight())
        group.create_task(book_hotel())


async def main(client: httpx.AsyncClient) -> None:
    response = await client.post("/trips")
    print(f"answered {response.status_code}")
