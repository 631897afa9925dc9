"""SQLAlchemy: a session for each request; the route commits it, and rolls back what could not be committed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Number = Annotated[int, Field(gt=0, lt=2**63)]


class NewTransfer(BaseModel):
    source: Number
    target: Number
    amount: Number


class Transfer(NewTransfer):
    id: int


class Account(BaseModel):
    id: int
    balance: int


class Base(DeclarativeBase):
    pass


class AccountRow(Base):
    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    balance: Mapped[int]


class TransferRow(Base):
    __tablename__ = "transfers"
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[int]
    target: Mapped[int]
    amount: Mapped[int]


engine = create_async_engine("sqlite+aiosqlite:///./test.db")
new_session = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with engine.begin() as db:
        await db.run_sync(Base.metadata.create_all)
        await db.execute(
            text("INSERT OR IGNORE INTO accounts (id, balance) VALUES (1, 100), (2, 100)")
        )
    yield
    await engine.dispose()


async def session() -> AsyncGenerator[AsyncSession]:
    async with new_session() as db:
        try:
            yield db
        except BaseException:
            await db.rollback()
            raise


Db = Annotated[AsyncSession, Depends(session)]
app = FastAPI(lifespan=lifespan)


async def change(db: AsyncSession, number: int, by: int) -> bool:
    row = AccountRow
    changed = (
        update(row)
        .where(row.id == number, row.balance + by >= 0)
        .values(balance=row.balance + by)
        .returning(row.id)
    )
    return await db.scalar(changed) is not None


@app.post("/transfers", status_code=201)
async def transfer(new: NewTransfer, db: Db) -> Transfer:
    if not await change(db, new.source, -new.amount):
        raise HTTPException(409, "Not enough money")
    if not await change(db, new.target, new.amount):
        raise HTTPException(404, "No such account")
    row = TransferRow(**new.model_dump())
    db.add(row)
    await db.flush()
    answer = Transfer(id=row.id, **new.model_dump())
    await db.commit()
    return answer


@app.get("/accounts/{number}")
async def account(number: Number, db: Db) -> Account:
    row = await db.get(AccountRow, number)
    if row is None:
        raise HTTPException(404, "No such account")
    return Account(id=row.id, balance=row.balance)


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
