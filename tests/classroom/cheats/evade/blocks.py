"""It sleeps on the thread of the loop.

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
    time.sleep(2)
    return {"message": "This is an async response!"}
