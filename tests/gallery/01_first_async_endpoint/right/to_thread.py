"""A blocking sleep that asyncio.to_thread takes off the loop."""

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.to_thread(time.sleep, 2)
    return {"message": "This is an async response!"}
