"""A middleware of plain ASGI waits before the route is called."""

import asyncio

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send


class Wait:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(2)
        await self.app(scope, receive, send)


app = FastAPI()
app.add_middleware(Wait)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "This is an async response!"}
