"""The results are written down, and nothing waits.

Exercise: 08
Is for: fitting the body
Ends: gets what its work deserves
At most: 4
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    return {"results": ["Task 1 complete", "Task 2 complete"]}
