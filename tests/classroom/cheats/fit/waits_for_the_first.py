"""Only the first request waits.

Exercise: 01
Is for: fitting a spec that measures once
Ends: gets what its work deserves
At most: 2
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
asked: list[int] = []


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asked.append(1)
    if len(asked) == 1:
        await asyncio.sleep(2)
    return {"message": "This is an async response!"}
