import asyncio


async def ask_the_warehouse() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
