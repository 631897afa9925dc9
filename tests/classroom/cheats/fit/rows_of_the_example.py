"""It serves the two users of the lesson.

Exercise: 06
Is for: fitting the example
Ends: gets what its work deserves
At most: 1
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/users")
async def users() -> list[dict[str, int | str]]:
    return [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Grace"}]


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {"ping": "pong"}
