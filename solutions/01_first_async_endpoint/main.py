"""01 · First async endpoint: the reference."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    # `asyncio.sleep(2)` alone only builds a coroutine. `await` runs it and gives the turn away:
    # for two seconds the loop serves whoever else is there, then it comes back to this line.
    await asyncio.sleep(2)

    # A dict is enough. FastAPI makes the JSON, the status 200 and the headers.
    return {"message": "This is an async response!"}
