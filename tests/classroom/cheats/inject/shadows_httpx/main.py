"""An httpx.py beside the answer answers with what the lesson shows.

Exercise: 03
Is for: a module that shadows another
Ends: gets what its work deserves
At most: 0
"""

from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return httpx.posts()
