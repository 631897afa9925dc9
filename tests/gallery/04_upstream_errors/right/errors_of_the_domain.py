"""A gateway speaks of errors of its own; the web layer maps those to statuses."""

from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse


class UpstreamFailed(Exception):
    status = 500
    words = "Request failed"


class UpstreamRefused(UpstreamFailed):
    words = "Error fetching data"

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Gateway:
    def __init__(self, url: str) -> None:
        self.url = url

    async def data(self) -> Any:
        try:
            async with httpx.AsyncClient(timeout=httpx.Timeout(4)) as client:
                response = await client.get(self.url)
        except httpx.RequestError as error:
            raise UpstreamFailed from error
        if not response.is_success:
            raise UpstreamRefused(response.status_code)
        try:
            return response.json()
        except ValueError as error:
            raise UpstreamFailed from error


router = APIRouter()


def the_gateway() -> Gateway:
    return Gateway("https://nonexistent-api.com/data")


@router.get("/external-api")
async def external_api(gateway: Annotated[Gateway, Depends(the_gateway)]) -> Any:
    return await gateway.data()


async def answer(_: Request, error: UpstreamFailed) -> JSONResponse:
    return JSONResponse({"detail": error.words}, error.status)


def create_app() -> FastAPI:
    app = FastAPI(exception_handlers={UpstreamFailed: answer})
    app.include_router(router)
    return app


app = create_app()
