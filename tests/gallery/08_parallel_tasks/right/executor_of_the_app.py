"""One executor for the whole app, opened in the lifespan; the loop gathers its futures."""

import asyncio
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, ThreadPoolExecutor]]:
    with ThreadPoolExecutor(max_workers=64) as pool:
        yield {"pool": pool}


app = FastAPI(lifespan=lifespan)


def task(number: int, seconds: float) -> str:
    time.sleep(seconds)
    return f"Task {number} complete"


@app.get("/parallel-tasks")
async def parallel_tasks(request: Request) -> dict[str, list[str]]:
    loop = asyncio.get_running_loop()
    pool: ThreadPoolExecutor = request.state.pool
    futures = [loop.run_in_executor(pool, task, 1, 2), loop.run_in_executor(pool, task, 2, 3)]
    return {"results": list(await asyncio.gather(*futures))}
