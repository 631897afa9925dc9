"""Mistake: a model names four fields, and drops the rest.

Cell: unchanged, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: A model keeps what it names
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict

import httpx
from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, TypeAdapter

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


class Post(BaseModel):
    userId: int
    id: int
    title: str
    body: str


class State(TypedDict):
    http: httpx.AsyncClient


def http_client(request: Request) -> httpx.AsyncClient:
    return request.state.http


posts = TypeAdapter(list[Post])
router = APIRouter()


@router.get("/fetch-data")
async def fetch_data(http: Annotated[httpx.AsyncClient, Depends(http_client)]) -> list[Post]:
    response = await http.get(POSTS_URL)
    return posts.validate_json(response.content)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    async with httpx.AsyncClient() as http:
        yield {"http": http}


def create_app() -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    return app


app = create_app()
