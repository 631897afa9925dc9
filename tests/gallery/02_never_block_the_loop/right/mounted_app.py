"""Right: a mounted app, a `def` route that sleeps, and an anyio task group round a thread."""

import functools
import time

import anyio
import anyio.to_thread
from fastapi import FastAPI
from vendor import fetch_report

sub = FastAPI()


@sub.get("/async-endpoint")
def a():
    time.sleep(2)
    return {"message": "This is an async response!"}


@sub.get("/ping")
async def ping():
    return {"ping": "pong"}


@sub.get("/report")
async def report(name: str):
    out = {}

    async def one():
        out["r"] = await anyio.to_thread.run_sync(
            functools.partial(fetch_report, name=name), abandon_on_cancel=True
        )

    async with anyio.create_task_group() as tg:
        tg.start_soon(one)
    return {"report": out["r"]}


app = FastAPI()
app.mount("", sub)
