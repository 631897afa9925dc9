"""It calls the service past httpx.

Exercise: 03
Is for: redirecting the question to the internet
Ends: gets what its work deserves
At most: 1
"""

import asyncio
import json
import urllib.request
from typing import Any

from fastapi import FastAPI

app = FastAPI()


def fetched() -> Any:
    with urllib.request.urlopen("https://jsonplaceholder.typicode.com/posts", timeout=3) as reply:
        return json.load(reply)


@app.get("/fetch-data")
async def fetch_data() -> Any:
    return await asyncio.to_thread(fetched)
