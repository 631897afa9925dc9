"""A customer presses the button three times, and each time the same key goes along. A payment takes two seconds.

What is printed last?
After how many seconds is it over?
"""

import asyncio

import httpx
from fastapi import FastAPI

app = FastAPI()
receipts: dict[str, str] = {}
payments = 0


@app.post("/orders/{key}")
async def order(key: str) -> None:
    global payments
    if key not in receipts:
        await asyncio.sleep(2)
        payments += 1
        receipts[key] = f"payment {payments}"
    print(receipts[key])


async def main(client: httpx.AsyncClient) -> None:
    async def press(after: float) -> None:
        await asyncio.sleep(after)
        await client.post("/orders/a1")

    await asyncio.gather(press(0), press(1), press(2.5))
