"""It names a plugin for pytest in the environment.

Exercise: 01
Is for: settings of pytest in the environment
Ends: gets what its work deserves
At most: 1
"""

import os

os.environ["PYTEST_ADDOPTS"] = "--collect-only"
os.environ["PYTEST_PLUGINS"] = "helper"

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
