"""It answers with what a file of the teacher's says.

Exercise: 01
Is for: carrying the teacher's files out
Ends: gets what its work deserves
At most: 1
"""

import os
from pathlib import Path

SECRET = "nothing"
try:
    SECRET = Path(os.environ["CHEATS_TEACHERS_FILE"]).read_text("utf-8")
except (KeyError, OSError):
    pass

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": SECRET}
