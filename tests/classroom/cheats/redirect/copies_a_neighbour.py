"""It looks for the answer of another student, wherever the teacher keeps them.

Exercise: 01
Is for: redirecting the work to a neighbour
Ends: gets what its work deserves
At most: 1
"""

import os
from pathlib import Path

for start in (os.environ.get("CHEATS_LOOK_HERE", ""), "/tmp", "/work", "/root", "/home"):
    try:
        for found in Path(start or "/nowhere").glob("*/victim/01_first_async_endpoint/main.py"):
            exec(compile(found.read_text("utf-8"), "main.py", "exec"))
    except OSError:
        pass

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
