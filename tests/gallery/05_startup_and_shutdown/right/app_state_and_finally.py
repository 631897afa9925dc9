"""try and finally; the connection is kept in app.state and handed out by a dependency."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import aiosqlite
from fastapi import Depends, FastAPI, Request

DATABASE = Path(__file__).with_name("test.db")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    connection = await aiosqlite.connect(DATABASE)
    try:
        connection.row_factory = aiosqlite.Row
        await connection.execute("PRAGMA foreign_keys = ON")
        app.state.database = connection
        yield
    finally:
        await connection.close()


app = FastAPI(lifespan=lifespan)


def the_database(request: Request) -> aiosqlite.Connection:
    return request.app.state.database


Database = Annotated[aiosqlite.Connection, Depends(the_database)]


@app.get("/health")
async def health(database: Database) -> dict[str, int]:
    cursor = await database.execute("SELECT 1 AS database")
    row = await cursor.fetchone()
    await cursor.close()
    assert row is not None
    return dict(row)
