"""A time limit round an event that nobody sets."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    never = asyncio.Event()
    try:
        async with asyncio.timeout(2):
            await never.wait()
    except TimeoutError:
        pass
    return {"message": "This is an async response!"}
