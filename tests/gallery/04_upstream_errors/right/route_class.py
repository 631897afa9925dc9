"""A route class of the router's own turns what a route raises into answers."""

from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

DATA_URL = "https://nonexistent-api.com/data"


class RelayingRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def relayed(request: Request) -> Response:
            try:
                return await handler(request)
            except httpx.HTTPStatusError as error:
                status = error.response.status_code
                return JSONResponse({"detail": "Error fetching data"}, status)
            except (httpx.RequestError, ValueError):
                return JSONResponse({"detail": "Request failed"}, 500)

        return relayed


router = APIRouter(route_class=RelayingRoute)


@router.get("/external-api")
async def external_api() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(DATA_URL)
    return response.raise_for_status().json()


app = FastAPI()
app.include_router(router)
