"""A task that carries the answer: asyncio.sleep returns its second argument."""

import asyncio

from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> JSONResponse:
    answer = asyncio.create_task(asyncio.sleep(2, result="This is an async response!"))
    return JSONResponse({"message": await answer})
