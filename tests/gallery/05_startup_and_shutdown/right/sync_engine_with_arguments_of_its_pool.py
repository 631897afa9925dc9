"""A sync engine of SQLAlchemy at module level, its pool told what to do, and a `def` route."""

from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import create_engine, text

engine = create_engine("sqlite:///./test.db", pool_pre_ping=True, pool_recycle=3600)


def ask() -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1")).scalar_one()


@asynccontextmanager
async def lifespan(app: FastAPI):
    try:
        await run_in_threadpool(ask)
        yield
    finally:
        await run_in_threadpool(engine.dispose)


app = FastAPI(lifespan=lifespan)


@app.get("/health")
def health() -> dict[str, int]:
    return {"database": ask()}
