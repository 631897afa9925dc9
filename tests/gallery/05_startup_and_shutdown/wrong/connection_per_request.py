"""Mistake: each request opens a connection and closes it; nothing is open before.

Cell: open before, alone
Caught by: test_the_database_is_open_before_the_first_request
Reads: Open the connection in the startup
"""

import aiosqlite
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, int]:
    async with aiosqlite.connect("./test.db") as database:
        [row] = await database.execute_fetchall("SELECT 1")
    return {"database": row[0]}
