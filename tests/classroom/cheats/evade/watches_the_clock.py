"""It waits in a loop that looks at the clock, and lets nobody else run.

Exercise: 01
Is for: evading the await
Ends: gets what its work deserves
At most: 4
"""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    end = time.monotonic() + 2
    while time.monotonic() < end:
        pass
    return {"message": "This is an async response!"}
