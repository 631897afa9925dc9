"""A process pool that lives as long as the app, and sleeps there."""

import asyncio
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with ProcessPoolExecutor(max_workers=5) as processes:
        app.state.processes = processes
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(request.app.state.processes, time.sleep, 2)
    return {"message": "This is an async response!"}
