"""The services' failures are exceptions of our own, and handlers give them a status."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse


class BadGateway(Exception):
    pass


class UnknownItem(Exception):
    pass


class TooBusy(Exception):
    def __init__(self, after: str) -> None:
        self.after = after


class Service:
    def __init__(self, base_url: str, key: str, unknown: type[Exception]) -> None:
        self.client = httpx.AsyncClient(base_url=base_url)
        self.key = key
        self.unknown = unknown

    async def ask(self, name: str, deadline: "Deadline") -> Any:
        try:
            response = await self.client.get(
                f"/{name}", headers={"x-time-left-ms": f"{deadline.left * 1000:.0f}"}
            )
        except httpx.RequestError as error:
            raise BadGateway from error
        match response.status_code:
            case 200:
                pass
            case 429 | 503:
                raise TooBusy(response.headers.get("retry-after", "1"))
            case 404:
                raise self.unknown
            case _:
                raise BadGateway
        try:
            document = response.json()
        except ValueError as error:
            raise BadGateway from error
        if not isinstance(document, dict) or self.key not in document:
            raise BadGateway
        return document[self.key]  # pyright: ignore[reportUnknownVariableType]


class Deadline:
    def __init__(self, seconds: float) -> None:
        self.at = asyncio.get_running_loop().time() + seconds

    @property
    def left(self) -> float:
        return self.at - asyncio.get_running_loop().time()


stock = Service("https://stock.example/items", "warehouse", UnknownItem)
shipping = Service("https://shipping.example/rates", "price", BadGateway)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    async with stock.client, shipping.client:
        yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(BadGateway)
async def bad_gateway(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "Bad gateway"}, 502)


@app.exception_handler(UnknownItem)
async def unknown(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "No such item"}, 404)


@app.exception_handler(TooBusy)
async def too_busy(_: Request, error: TooBusy) -> JSONResponse:
    return JSONResponse({"detail": "Try again later"}, 503, {"retry-after": error.after})


@app.exception_handler(TimeoutError)
async def late(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "Deadline exceeded"}, 504)


async def new_deadline() -> Deadline:
    return Deadline(2)


@app.get("/quotes/{sku}")
async def quote(sku: str, deadline: Annotated[Deadline, Depends(new_deadline)]) -> Any:
    async with asyncio.timeout_at(deadline.at):
        warehouse = await stock.ask(sku, deadline)
        price = await shipping.ask(warehouse, deadline)
    return {"sku": sku, "warehouse": warehouse, "price": price}
