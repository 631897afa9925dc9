"""It leaves a file in /dev/shm for the next one.

Exercise: 01
Is for: the next student's verdict
Ends: gets what its work deserves
At most: 1
"""

from pathlib import Path

try:
    Path("/dev/shm/a-cheat-was-here").write_text("x", "utf-8")
except OSError:
    pass

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
