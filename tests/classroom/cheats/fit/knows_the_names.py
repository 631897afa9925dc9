"""It knows the reports on the names of the lesson by heart.

Exercise: 02
Is for: fitting the values of the lesson: the seal and the other names are new in each run
Ends: gets what its work deserves
At most: 9
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
KNOWN = {"ada": "Report on ada, sealed 1234"}


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    await asyncio.sleep(1)
    return {"report": KNOWN.get(name, "")}
