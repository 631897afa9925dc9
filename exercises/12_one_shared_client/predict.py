"""All visitors share one client. Whoever comes to the shop without a cookie gets one, with his name in it.

What is printed first?
What is printed last?
"""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

app = FastAPI()
http = httpx.AsyncClient()


@app.get("/baskets/{name}")
async def basket(name: str) -> None:
    response = await http.get(f"https://shop.example/baskets/{name}")
    print(f"{name} sees {response.text}")


def shop(request: httpx.Request) -> httpx.Response:
    name = request.url.path.removeprefix("/baskets/")
    cookie = request.headers.get("cookie", f"owner={name}")
    return httpx.Response(200, text=cookie, headers={"set-cookie": cookie})


async def main(client: httpx.AsyncClient, upstream: Any) -> None:
    for name, seconds in (("Ada", 2), ("Barbara", 1), ("Grace", 1)):
        url = f"https://shop.example/baskets/{name}"
        upstream.get(url, takes=seconds).mock(side_effect=shop)
    await asyncio.gather(client.get("/baskets/Ada"), client.get("/baskets/Barbara"))
    await client.get("/baskets/Grace")
