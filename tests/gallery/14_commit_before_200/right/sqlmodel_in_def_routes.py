"""SQLModel in routes with `def`: the block of `begin` commits before the route returns."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from pydantic import Field as Checked
from sqlmodel import Field, Session, SQLModel, create_engine, select

Number = Annotated[int, Checked(gt=0, lt=2**63)]


class NewTransfer(BaseModel):
    source: Number
    target: Number
    amount: Number


class Account(SQLModel, table=True):
    __tablename__ = "accounts"
    id: int | None = Field(default=None, primary_key=True)
    balance: int


class Transfer(SQLModel, table=True):
    __tablename__ = "transfers"
    id: int | None = Field(default=None, primary_key=True)
    source: int
    target: int
    amount: int


engine = create_engine("sqlite:///./test.db", connect_args={"check_same_thread": False})


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    SQLModel.metadata.create_all(engine)
    with Session(engine) as db:
        for number in (1, 2):
            if db.get(Account, number) is None:
                db.add(Account(id=number, balance=100))
        db.commit()
    yield
    engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.post("/transfers", status_code=201)
def transfer(new: NewTransfer) -> Transfer:
    with Session(engine, expire_on_commit=False) as db, db.begin():
        db.connection().exec_driver_sql("UPDATE accounts SET balance = balance WHERE id = 1")
        source = db.exec(select(Account).where(Account.id == new.source)).first()
        if source is None or source.balance < new.amount:
            raise HTTPException(409, "Not enough money")
        target = db.get(Account, new.target)
        if target is None:
            raise HTTPException(404, "No such account")
        source.balance -= new.amount
        target.balance += new.amount
        row = Transfer(**new.model_dump())
        db.add_all((source, target, row))
        db.flush()
    return row


@app.get("/accounts/{number}")
def account(number: Number) -> Account:
    with Session(engine) as db:
        row = db.get(Account, number)
    if row is None:
        raise HTTPException(404, "No such account")
    return row


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
