"""The lifespan's state carries the client; a router declares its answer as pydantic's JsonValue."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict

import httpx
from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import JsonValue, TypeAdapter

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


class State(TypedDict):
    http: httpx.AsyncClient


def http_client(request: Request) -> httpx.AsyncClient:
    return request.state.http


value: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
router = APIRouter()


@router.get("/fetch-data")
async def fetch_data(http: Annotated[httpx.AsyncClient, Depends(http_client)]) -> JsonValue:
    response = await http.get(POSTS_URL)
    return value.validate_json(response.content)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    async with httpx.AsyncClient() as http:
        yield {"http": http}


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    return app


app = create_app()
