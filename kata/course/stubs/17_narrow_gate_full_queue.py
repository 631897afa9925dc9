"""17 · Narrow gate, full queue. The lesson is in README.md, beside this file."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield


app = FastAPI(lifespan=lifespan)


# TODO: write both routes: two labels at work and four waiting, one order at work and five waiting.
@app.get("/labels/{label_id}")
async def print_label(label_id: int) -> Any:
    raise NotImplementedError


@app.post("/orders/{order_id}", status_code=202)
async def take_order(order_id: int) -> dict[str, int]:
    raise NotImplementedError


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
