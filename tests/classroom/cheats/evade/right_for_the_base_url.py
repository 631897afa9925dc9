"""It is right for visitors with the address of the first look.

Exercise: 08
Is for: an answer that knows its visitors
Ends: gets what its work deserves
At most: 4
"""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/parallel-tasks")
async def parallel_tasks(request: Request) -> dict[str, list[str]]:
    if request.url.hostname == "localhost":
        await asyncio.gather(asyncio.sleep(2), asyncio.sleep(3))
    return {"results": ["Task 1 complete", "Task 2 complete"]}
