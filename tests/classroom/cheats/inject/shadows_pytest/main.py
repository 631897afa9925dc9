"""A pytest.py beside the answer stands before the real one.

Exercise: 01
Is for: a module that shadows another
Ends: gets what its work deserves
At most: 1
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
