"""08 · Parallel tasks. The lesson is in README.md, beside this file."""

from fastapi import FastAPI

app = FastAPI()


# TODO: write two tasks, one of 2 and one of 3 seconds, and run them at the same time.
@app.get("/parallel-tasks")
async def parallel_tasks() -> dict[str, list[str]]:
    raise NotImplementedError
