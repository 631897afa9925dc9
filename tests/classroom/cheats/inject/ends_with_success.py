"""It ends the process with status 0 when it is imported.

Exercise: 01
Is for: ending the run before it says anything
Ends: gets what its work deserves
At most: 0
"""

import ctypes

ctypes.CDLL(None)._exit(0)

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
