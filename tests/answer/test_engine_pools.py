"""SQLAlchemy's pools are watched, and take every argument that they take without."""

from __future__ import annotations

from pathlib import Path

import pytest

from kata.run.engine import run_spec

pytest.importorskip("sqlalchemy")

ANSWER = """
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import text
{imports}

engine = {make}("sqlite{driver}:///./test.db", {arguments})


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    try:
        {connect}
        yield
    finally:
        {dispose}


app = FastAPI(lifespan=lifespan)


@app.get("/health")
{route}
"""

SYNC = {
    "imports": "from sqlalchemy import create_engine",
    "make": "create_engine",
    "driver": "",
    "connect": "engine.connect().close()",
    "dispose": "engine.dispose()",
    "route": """def health() -> dict[str, int]:
    with engine.connect() as connection:
        return {"database": connection.execute(text("SELECT 1")).scalar_one()}
""",
}

ASYNC = {
    "imports": "from sqlalchemy.ext.asyncio import create_async_engine",
    "make": "create_async_engine",
    "driver": "+aiosqlite",
    "connect": "await (await engine.connect()).close()",
    "dispose": "await engine.dispose()",
    "route": """async def health() -> dict[str, int]:
    async with engine.connect() as connection:
        return {"database": (await connection.execute(text("SELECT 1"))).scalar_one()}
""",
}

OF_THE_POOL = (
    "pool_pre_ping=True, pool_recycle=3600, pool_reset_on_return=None, pool_logging_name='kata'",
    "pool_size=3, max_overflow=0, pool_timeout=5, pool_use_lifo=True, echo_pool=False",
)


@pytest.mark.parametrize("arguments", OF_THE_POOL)
@pytest.mark.parametrize("engine", [SYNC, ASYNC], ids=["sync", "async"])
def test_an_engine_takes_its_arguments(
    engine: dict[str, str], arguments: str, tmp_path: Path
) -> None:
    answer = tmp_path / "main.py"
    answer.write_text(ANSWER.format(arguments=arguments, **engine))

    outcomes = run_spec("05_startup_and_shutdown", answer)

    assert outcomes.solved, outcomes.failed[:1]
