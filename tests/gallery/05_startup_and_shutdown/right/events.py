"""on_event, as in the guide; the startup closes what it opened if the reading fails."""

import aiosqlite
from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")  # pyright: ignore[reportDeprecated]
async def startup() -> None:
    database = await aiosqlite.connect("./test.db")
    try:
        await database.execute_fetchall("SELECT count(*) FROM sqlite_master")
    except aiosqlite.Error:
        await database.close()
        raise
    app.state.database = database


@app.on_event("shutdown")  # pyright: ignore[reportDeprecated]
async def shutdown() -> None:
    await app.state.database.close()


@app.get("/health")
async def health() -> dict[str, int]:
    cursor = await app.state.database.execute("SELECT 1")
    return {"database": (await cursor.fetchone())[0]}
