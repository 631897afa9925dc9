"""Looks at datetime every ten milliseconds, and goes on when two seconds are over."""

import asyncio
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    end = datetime.now(UTC) + timedelta(seconds=2)
    while datetime.now(UTC) < end:
        await asyncio.sleep(0.01)
    return {"message": "This is an async response!"}
