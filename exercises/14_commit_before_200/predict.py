"""A dependency gives the route a connection, and commits after its `yield`. A commit takes a second.

What is printed first?
What is printed last?
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI

app = FastAPI()


async def transaction() -> AsyncGenerator[None]:
    yield
    await asyncio.sleep(1)
    print("committed")


@app.post("/transfers", status_code=201)
async def transfer(db: Annotated[None, Depends(transaction)]) -> None:
    print("written")


async def main(client: httpx.AsyncClient) -> None:
    response = await client.post("/transfers")
    print(f"answered {response.status_code}")
    await asyncio.sleep(2)
