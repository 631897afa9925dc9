"""Mistake: blanks at the ends of a text are cut off.

Cell: unchanged, values
Caught by: test_any_json_passes_as_it_is_under_any_content_type
Reads: nothing round it, nothing left out
"""

from typing import Any

import httpx
from fastapi import FastAPI

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"

app = FastAPI()


def tidy(value: Any) -> Any:
    match value:
        case str():
            return value.strip()
        case list():
            return [tidy(each) for each in value]
        case dict():
            return {field: tidy(each) for field, each in value.items()}
        case _:
            return value


@app.get("/fetch-data")
async def fetch_data() -> Any:
    async with httpx.AsyncClient() as client:
        response = await client.get(POSTS_URL)
    return tidy(response.json())
