"""Mistake: a middleware leaves the name on the state of the app, and the def route reads it there.

Cell: own name, mixed
Caught by: test_each_request_gets_the_report_it_asked_for
Reads: It got the report on another request's name
"""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from vendor import fetch_report

app = FastAPI()


@app.middleware("http")
async def remember(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    app.state.name = request.query_params.get("name", "")
    return await go_on(request)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
def report() -> dict[str, str]:
    return {"report": fetch_report(app.state.name)}
