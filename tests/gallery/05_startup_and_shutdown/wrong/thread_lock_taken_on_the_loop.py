"""Mistake: a counter is guarded by the thread lock that a query holds, and is counted up on the loop.

Cell: off the loop, together
Caught by: test_a_request_beside_a_slow_query_blocks_nobody
Reads: This line runs or waits for ever and lets nothing else run
"""

import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

DATABASE = "./test.db"


class Database:
    def __init__(self, path: str) -> None:
        self.asked = 0
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)

    def count(self) -> None:
        with self._lock:
            self.asked += 1

    def ask(self) -> int:
        with self._lock:
            (value,) = self._connection.execute("SELECT 1").fetchone()
        return value

    def close(self) -> None:
        with self._lock:
            self._connection.close()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, Database]]:
    database = await run_in_threadpool(Database, DATABASE)
    try:
        yield {"database": database}
    finally:
        await run_in_threadpool(database.close)


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    database: Database = request.state.database
    database.count()
    return {"database": await run_in_threadpool(database.ask)}
