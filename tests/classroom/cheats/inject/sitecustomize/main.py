"""A sitecustomize.py beside the answer ends each Python that starts there.

Exercise: 01
Is for: code that Python runs by itself
Ends: gets what its work deserves
At most: 1
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
