"""It writes a result for its neighbour.

Exercise: 01
Is for: another's result
Ends: gets what its work deserves
At most: 1
"""

import os
from pathlib import Path

for folder in (os.environ.get("CHEATS_RESULTS", ""), "results", "../results", "/tmp/results"):
    try:
        Path(folder, "victim.json").write_text('{"points": 0}', "utf-8")
        Path(folder, "inject-writes-a-result.json").write_text('{"points": 1000}', "utf-8")
    except OSError:
        pass

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
