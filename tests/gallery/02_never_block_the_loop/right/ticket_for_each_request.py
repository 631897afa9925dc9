"""All reports go into one dict, but each under a ticket of its own; the raw query is read by hand."""

import asyncio
import itertools

from fastapi import FastAPI, Request
from vendor import fetch_report

app = FastAPI()
done: dict[int, str] = {}
tickets = itertools.count()


def make(ticket: int, name: str) -> None:
    done[ticket] = fetch_report(name)


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(request: Request) -> dict[str, str]:
    ticket = next(tickets)
    await asyncio.to_thread(make, ticket, request.query_params["name"])
    return {"report": done.pop(ticket)}
