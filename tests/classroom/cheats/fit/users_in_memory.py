"""Users are kept in a dictionary.

Exercise: 07
Is for: fitting what one life of the server shows
Ends: gets what its work deserves
At most: 7
"""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
users: dict[int, str] = {}


class NewUser(BaseModel):
    name: str


@app.post("/users", status_code=201)
async def create(new: NewUser) -> dict[str, int | str]:
    users[len(users) + 1] = new.name
    return {"id": len(users), "name": new.name}


@app.get("/users/{number}")
async def read(number: int) -> dict[str, int | str]:
    if number not in users:
        raise HTTPException(404, "User not found")
    return {"id": number, "name": users[number]}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
