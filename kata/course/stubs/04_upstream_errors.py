"""04 · Upstream errors. The lesson is in README.md, beside this file."""

from typing import Any

from fastapi import FastAPI

app = FastAPI()

DATA_URL = "https://nonexistent-api.com/data"


@app.get("/external-api")
async def external_api() -> Any:
    # TODO: relay the JSON of DATA_URL, and turn each kind of failure into the answer it deserves.
    raise NotImplementedError
