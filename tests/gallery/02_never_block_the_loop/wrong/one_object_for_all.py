"""Mistake: one object makes all reports, and keeps name and report in its attributes.

Cell: own name, moments
Caught by: test_each_request_gets_the_report_it_asked_for
Reads: It got the report on another request's name
"""

import asyncio

from fastapi import FastAPI
from vendor import fetch_report

app = FastAPI()


class Desk:
    name = ""
    made = ""

    def make(self) -> None:
        self.made = fetch_report(self.name)


desk = Desk()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    desk.name = name
    await asyncio.to_thread(desk.make)
    return {"report": desk.made}
