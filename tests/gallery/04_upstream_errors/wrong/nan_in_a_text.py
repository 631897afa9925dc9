"""Mistake: NaN is replaced in the text of the body, so also where it is a word in a name.

Cell: good, values
Caught by: test_a_good_answer_comes_back_unchanged
Reads: Any JSON is passed on as it is
"""

import json
import math
import re
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException

DATA_URL = "https://nonexistent-api.com/data"

app = FastAPI()


def finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@app.get("/external-api")
async def external_api() -> Any:
    try:
        async with httpx.AsyncClient() as client:
            response = await client.get(DATA_URL)
        response.raise_for_status()
        sound = re.sub(r"-?\b(NaN|Infinity)\b", "null", response.content.decode())
        return finite(json.loads(sound))
    except httpx.HTTPStatusError as error:
        raise HTTPException(error.response.status_code, "Error fetching data")
    except (httpx.RequestError, ValueError):
        raise HTTPException(500, "Request failed")
