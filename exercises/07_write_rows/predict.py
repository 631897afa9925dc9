"""One writes a row and commits it after two seconds. Another one counts the rows, each second.

What is printed first?
What is printed last?
"""

import asyncio

import aiosqlite
import httpx
from fastapi import FastAPI

app = FastAPI()


@app.post("/users")
async def write() -> None:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute("INSERT INTO users VALUES ('Ada')")
        await asyncio.sleep(2)
        await db.commit()


@app.get("/users")
async def count() -> None:
    async with aiosqlite.connect("./test.db") as db:
        rows = await db.execute_fetchall("SELECT * FROM users")
        print(f"{len(list(rows))} there")


async def main(client: httpx.AsyncClient) -> None:
    async with aiosqlite.connect("./test.db") as db:
        await db.execute("CREATE TABLE users (name TEXT)")
    writing = asyncio.create_task(client.post("/users"))
    for _ in range(3):
        await asyncio.sleep(1.5)
        await client.get("/users")
    await writing
