"""Mistake: reports wait under their names until somebody takes them out: of two of one name, the second finds none.

Cell: own name, together
Caught by: test_each_request_gets_the_report_it_asked_for
Reads: The handler raised KeyError
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()
done: dict[str, str] = {}


def make(name: str) -> None:
    done[name] = fetch_report(name)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    await asyncio.to_thread(make, name)
    return {"report": done.pop(name)}
