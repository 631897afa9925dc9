"""Workers make the calls; a request puts a future into their queue and awaits it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

Orders = asyncio.Queue[asyncio.Future[Any]]


async def work(orders: Orders, http: httpx.AsyncClient) -> None:
    while True:
        order = await orders.get()
        try:
            posts = (await http.get(POSTS_URL)).json()
        except Exception as error:
            if not order.done():
                order.set_exception(error)
        else:
            if not order.done():
                order.set_result(posts)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    app.state.orders = orders = Orders()
    async with httpx.AsyncClient() as http:
        workers = [asyncio.create_task(work(orders, http)) for _ in range(20)]
        yield
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


app = FastAPI(lifespan=lifespan)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    order: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    app.state.orders.put_nowait(order)
    return await order
