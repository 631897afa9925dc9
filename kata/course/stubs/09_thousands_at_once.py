"""09 · Thousands at once. The lesson is in README.md, beside this file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield


app = FastAPI(lifespan=lifespan)


# TODO: write both routes. The prices come from https://prices.example/items/1 to .../items/20.
@app.get("/fan-out")
async def fan_out() -> dict[str, list[float | None]]:
    raise NotImplementedError


@app.get("/wait")
async def wait() -> dict[str, bool]:
    raise NotImplementedError
