"""on_event, as in the guide: one handler opens, the other closes."""

import aiosqlite
from fastapi import FastAPI

app = FastAPI()


@app.on_event("startup")  # pyright: ignore[reportDeprecated]
async def startup() -> None:
    app.state.database = await aiosqlite.connect("./test.db")


@app.on_event("shutdown")  # pyright: ignore[reportDeprecated]
async def shutdown() -> None:
    await app.state.database.close()


@app.get("/health")
async def health() -> dict[str, int]:
    cursor = await app.state.database.execute("SELECT 1")
    return {"database": (await cursor.fetchone())[0]}
