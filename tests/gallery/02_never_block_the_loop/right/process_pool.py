"""Right: the report is made in a process pool that lives as long as the server."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI
from vendor import fetch_report


@asynccontextmanager
async def lifespan(app):
    with ProcessPoolExecutor(5) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/async-endpoint")
async def a():
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping():
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str):
    return {
        "report": await asyncio.get_running_loop().run_in_executor(
            app.state.pool, fetch_report, name
        )
    }
