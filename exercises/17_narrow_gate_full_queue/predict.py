"""Six labels are asked for at once. The printer takes two at a time, and three may be inside; each takes a second.

What is printed first?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()
gate = asyncio.Semaphore(2)
inside = 0


@app.get("/labels/{label_id}")
async def print_label(label_id: int) -> None:
    global inside
    if inside == 3:
        raise HTTPException(503, "busy", headers={"Retry-After": "1"})
    inside += 1
    try:
        async with gate:
            await asyncio.sleep(1)
    finally:
        inside -= 1


async def main(client: httpx.AsyncClient) -> None:
    async def ask(label_id: int) -> None:
        response = await client.get(f"/labels/{label_id}")
        print(response.status_code)

    await asyncio.gather(*(ask(label_id) for label_id in range(6)))
