"""Of five requests one waits, and the others are answered with it.

Exercise: 01
Is for: fitting the number of requests that the spec sends
Ends: gets what its work deserves
At most: 3
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()
asked: list[int] = []
done = asyncio.Event()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    asked.append(1)
    if len(asked) % 5 == 1:
        done.clear()
        await asyncio.sleep(2)
        done.set()
    await done.wait()
    return {"message": "This is an async response!"}
