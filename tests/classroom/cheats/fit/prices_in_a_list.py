"""The prices are made up, in the right number.

Exercise: 09
Is for: fitting the shape of the answer
Ends: gets what its work deserves
At most: 4
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/fan-out")
async def fan_out() -> dict[str, list[float]]:
    await asyncio.sleep(2)
    return {"prices": [float(item) for item in range(20)]}


@app.get("/wait")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.5)
    return {"done": True}
