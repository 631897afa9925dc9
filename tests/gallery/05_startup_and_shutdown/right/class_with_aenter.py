"""The lifespan is a class with __aenter__ and __aexit__; routes find its instance in the state."""

from types import TracebackType
from typing import Self

import aiosqlite
from fastapi import FastAPI, Request


class Storage:
    def __init__(self, _: FastAPI) -> None:
        self.connection: aiosqlite.Connection | None = None

    async def __aenter__(self) -> dict[str, Self]:
        self.connection = await aiosqlite.connect("./test.db")
        try:
            await self.one("SELECT 1")
        except BaseException:
            await self.connection.close()
            raise
        return {"storage": self}

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.connection is not None
        await self.connection.close()

    async def one(self, sql: str) -> int:
        assert self.connection is not None
        [row] = await self.connection.execute_fetchall(sql)
        return row[0]


app = FastAPI(lifespan=Storage)


@app.get("/health")
async def health(request: Request) -> dict[str, int]:
    return {"database": await request.state.storage.one("SELECT 1")}
