"""One sleep of three seconds stands for both tasks.

Exercise: 08
Is for: fitting the sum of the seconds
Ends: gets what its work deserves
At most: 10
"""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    await asyncio.sleep(3)
    return {"results": ["Task 1 complete", "Task 2 complete"]}
