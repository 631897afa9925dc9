"""It answers with the message and never waits.

Exercise: 01
Is for: fitting the spec of the body alone
Ends: gets what its work deserves
At most: 2
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "This is an async response!"}
