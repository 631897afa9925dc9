"""An AsyncExitStack collects what must be closed; an app factory includes the routers."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiosqlite
from fastapi import APIRouter, FastAPI, Request

router = APIRouter()


@router.get("/health")
async def health(request: Request) -> dict[str, int]:
    async with request.app.state.database.execute("SELECT 1") as cursor:
        (one,) = await cursor.fetchone()
    return {"database": one}


def create_app(database: str = "./test.db") -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            connection = await aiosqlite.connect(database)
            stack.push_async_callback(connection.close)
            await connection.execute("PRAGMA journal_mode = WAL")
            app.state.database = connection
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    return app


app = create_app()
