"""A route class bounds each of its routes; models check what came."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class Place(BaseModel):
    warehouse: str


class Rate(BaseModel):
    price: Any


class Quote(BaseModel):
    sku: str
    warehouse: str
    price: Any


class Bounded(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Any]:
        handler = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            request.state.came = time.perf_counter()
            try:
                with anyio.fail_after(2):
                    return await handler(request)
            except TimeoutError:
                return JSONResponse({"detail": "Deadline exceeded"}, status_code=504)

        return bounded


http = httpx.AsyncClient(timeout=30)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    yield
    await http.aclose()


app = FastAPI(lifespan=lifespan)
router = APIRouter(route_class=Bounded)


async def fetched(
    url: str, request: Request, model: type[Model], told: dict[int, str] | None = None
) -> Model:
    left = 2 - (time.perf_counter() - request.state.came)
    try:
        response = await http.get(url, headers={"X-Time-Left-Ms": f"{int(left * 1000)}"})
    except httpx.RequestError:
        raise HTTPException(502, "Bad gateway") from None
    if response.status_code in (429, 503):
        headers = {"Retry-After": response.headers.get("Retry-After") or "1"}
        raise HTTPException(503, "Try again later", headers)
    if response.status_code in (told or {}):
        raise HTTPException(response.status_code, (told or {})[response.status_code])
    if not response.is_success:
        raise HTTPException(502, "Bad gateway")
    try:
        return model.model_validate_json(response.content)
    except ValidationError:
        raise HTTPException(502, "Bad gateway") from None


@router.get("/quotes/{sku}")
async def quote(sku: str, request: Request) -> Quote:
    place = await fetched(
        f"https://stock.example/items/{sku}", request, Place, {404: "No such item"}
    )
    rate = await fetched(f"https://shipping.example/rates/{place.warehouse}", request, Rate)
    return Quote(sku=sku, warehouse=place.warehouse, price=rate.price)


app.include_router(router)
