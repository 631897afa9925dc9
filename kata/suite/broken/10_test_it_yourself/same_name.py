"""The tea house, broken: it calls every tea by the same name."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

PRICE_LIST = "https://prices.example/teas"


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def open_client(request: Request) -> httpx.AsyncClient:
    return request.app.state.client


Client = Annotated[httpx.AsyncClient, Depends(open_client)]


@app.exception_handler(httpx.HTTPError)
async def no_price(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "No price today"}, status_code=502)


async def price_of(kind: str, client: httpx.AsyncClient) -> int:
    answer = await client.get(f"{PRICE_LIST}/{kind}")
    if answer.status_code == 404:
        raise HTTPException(404, detail="No such tea")
    answer.raise_for_status()
    return answer.json()["price"]


async def brew() -> None:
    await asyncio.sleep(2)


@app.get("/tea/{kind}")
async def tea(kind: str, client: Client) -> dict[str, str | int]:
    price = await price_of(kind, client)
    await brew()
    return {"tea": "tea", "price": price}
