"""It waits until an even second of the clock.

Exercise: 01
Is for: fitting moments at which the spec happens to begin
Ends: gets what its work deserves
At most: 5
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(2 - loop.time() % 2)
    return {"message": "This is an async response!"}
