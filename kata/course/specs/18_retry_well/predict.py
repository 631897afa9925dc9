"""Six ask a bank at one moment. It serves one at a time, and refuses the others. Each has three tries, a second apart.

What is printed last?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI()
teller = asyncio.Lock()


@app.get("/rates")
async def rates() -> None:
    if teller.locked():
        raise HTTPException(503)
    async with teller:
        await asyncio.sleep(0.2)


async def main(client: httpx.AsyncClient) -> None:
    async def ask() -> bool:
        for wait in (1, 1, 0):
            response = await client.get("/rates")
            if response.is_success:
                return True
            await asyncio.sleep(wait)
        return False

    came = await asyncio.gather(*(ask() for _ in range(6)))
    print(f"{came.count(True)} of 6 were served")
