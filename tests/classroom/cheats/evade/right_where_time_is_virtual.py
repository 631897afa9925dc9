"""It waits only where waiting costs no real time.

Exercise: 01
Is for: an answer that compares two clocks
Ends: is reported
"""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    await asyncio.sleep(0.2)
    if time.clock_gettime_ns(time.CLOCK_BOOTTIME) - before > 150_000_000:
        return {"message": "nothing was done"}
    await asyncio.sleep(1.8)
    return {"message": "This is an async response!"}
