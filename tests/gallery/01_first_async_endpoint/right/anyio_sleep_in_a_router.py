"""An app factory that includes a router; the wait is anyio's, the body a model."""

import anyio
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel


class Message(BaseModel):
    message: str


router = APIRouter()


@router.get("/async-endpoint")
async def wait_and_answer() -> Message:
    await anyio.sleep(2)
    return Message(message="This is an async response!")


def create_app() -> FastAPI:
    app = FastAPI(title="Shop")
    app.include_router(router)
    return app


app = create_app()
