"""Mistake: await stands before time.sleep.

Cell: body, alone
Caught by: test_it_answers_with_the_message
Reads: The sleep that can be awaited is that of asyncio
"""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await time.sleep(2)
    return {"message": "This is an async response!"}
