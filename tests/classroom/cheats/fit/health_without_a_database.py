"""It says that the database is well, and has none.

Exercise: 05
Is for: fitting the body
Ends: gets what its work deserves
At most: 8
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, int]:
    return {"database": 1}
