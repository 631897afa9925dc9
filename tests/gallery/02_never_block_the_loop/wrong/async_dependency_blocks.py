"""Mistake: an async dependency makes the blocking call.

Cell: ping beside, slow
Caught by: test_ping_is_answered_at_once_while_a_report_is_made
Reads: vendor.fetch_report blocks the event loop
"""

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI
from vendor import fetch_report

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


async def vendor_report(name: str) -> str:
    return fetch_report(name)


@app.get("/report")
async def report(text: Annotated[str, Depends(vendor_report)]) -> dict[str, str]:
    return {"report": text}
