"""anyio's worker threads, in routers that an app factory puts together."""

import anyio
import anyio.to_thread
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from vendor import fetch_report


class Report(BaseModel):
    report: str


basics = APIRouter()
reports = APIRouter(prefix="/report")


@basics.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await anyio.sleep(2)
    return {"message": "This is an async response!"}


@basics.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@reports.get("")
async def make(name: str) -> Report:
    return Report(report=await anyio.to_thread.run_sync(fetch_report, name))


def create_app() -> FastAPI:
    app = FastAPI()
    app.include_router(basics)
    app.include_router(reports)
    return app


app = create_app()
