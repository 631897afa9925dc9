"""Mistake: the events belong to an included router, so they run twice, and the first connection is left.

Cell: left, alone
Caught by: test_nothing_is_left_when_the_server_has_stopped
Reads: handlers of an included router run twice
"""

import aiosqlite
from fastapi import APIRouter, FastAPI, Request

router = APIRouter()
state: dict[str, aiosqlite.Connection] = {}


@router.on_event("startup")
async def startup() -> None:
    state["database"] = await aiosqlite.connect("./test.db")


@router.on_event("shutdown")
async def shutdown() -> None:
    if "database" in state:
        await state.pop("database").close()


@router.get("/health")
async def health(request: Request) -> dict[str, int]:
    [row] = await state["database"].execute_fetchall("SELECT 1")
    return {"database": row[0]}


app = FastAPI()
app.include_router(router)
