"""Mistake: the wall clock is looked at until the moment on the state of the app, which each new request moves.

Cell: two seconds, moments
Caught by: test_each_request_waits_two_seconds_whenever_others_come
Reads: A request that came later moved the moment
"""

import asyncio
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    request.app.state.until = datetime.now(UTC) + timedelta(seconds=2)
    while datetime.now(UTC) < request.app.state.until:
        await asyncio.sleep(0.01)
    return {"message": "This is an async response!"}
