"""A dependency waits, the route only answers."""

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


async def two_seconds() -> None:
    await asyncio.sleep(2)


@app.get("/async-endpoint")
async def async_endpoint(_: Annotated[None, Depends(two_seconds)]) -> dict[str, str]:
    return {"message": "This is an async response!"}
