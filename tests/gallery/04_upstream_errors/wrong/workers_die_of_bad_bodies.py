"""Mistake: of twenty workers that read bodies, each that cannot be read ends one.

Cell: goes on, failures
Caught by: test_the_server_goes_on_after_any_number_of_failures
Reads: A task ended at this line with JSONDecodeError
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"
WORKERS = 20

Work = tuple[httpx.Response, asyncio.Future[Any]]


async def read_bodies(work: asyncio.Queue[Work]) -> None:
    while True:
        response, done = await work.get()
        try:
            done.set_result(response.json())
        except ValueError as error:
            done.set_exception(error)
            raise


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.work = asyncio.Queue[Work]()
    workers = [asyncio.create_task(read_bodies(app.state.work)) for _ in range(WORKERS)]
    yield
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        response.raise_for_status()
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        app.state.work.put_nowait((response, done))
        return await done
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
