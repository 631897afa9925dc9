"""Two futures started together in an app factory, awaited one by one under a deadline."""

import asyncio

from fastapi import FastAPI


async def complete(number: int, after: float) -> str:
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(after, done.set)
    await done.wait()
    return f"Task {number} complete"


def create_app() -> FastAPI:
    app = FastAPI()

    @app.get("/parallel-tasks")
    async def parallel_tasks() -> dict[str, list[str]]:  # pyright: ignore[reportUnusedFunction]
        async with asyncio.timeout(10):
            first = asyncio.ensure_future(complete(1, after=2))
            second = asyncio.ensure_future(complete(2, after=3))
            return {"results": [await first, await second]}

    return app


app = create_app()
