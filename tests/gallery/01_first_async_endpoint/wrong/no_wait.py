"""Mistake: nothing waits.

Cell: two seconds, alone
Caught by: test_the_answer_takes_two_seconds
Reads: await the sleep before you return
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "This is an async response!"}
