"""The synchronous sqlite3 with one connection; def routes ask it in worker threads, under a lock."""

import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

lock = threading.Lock()


def opened() -> sqlite3.Connection:
    connection = sqlite3.connect("./test.db", check_same_thread=False)
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS checks (at TEXT)")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with closing(await run_in_threadpool(opened)) as app.state.database:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, int]:
    with lock:
        (one,) = app.state.database.execute("SELECT 1").fetchone()
    return {"database": one}
