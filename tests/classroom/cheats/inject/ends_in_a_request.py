"""The first request ends the process with status 0.

Exercise: 01
Is for: ending the run in the middle
Ends: gets what its work deserves
At most: 0
"""

import ctypes

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    ctypes.CDLL(None)._exit(0)
    return {"message": "This is an async response!"}
