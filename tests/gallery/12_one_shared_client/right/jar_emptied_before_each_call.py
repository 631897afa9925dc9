"""Right: the jar is emptied in the same step in which the call is built."""

from contextlib import asynccontextmanager

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response


class Shop:
    def __init__(self):
        self.client = httpx.AsyncClient(base_url="https://shop.example", timeout=10)

    async def get(self, path, session=None):
        # Nothing is awaited between these lines, so no response can fill the jar.
        self.client.cookies.clear()
        request = self.client.build_request("GET", path)
        if session:
            request.headers["cookie"] = f"session={session}"
        return await self.client.send(request)

    async def close(self):
        await self.client.aclose()


@asynccontextmanager
async def lifespan(app):
    app.state.shop = Shop()
    yield
    await app.state.shop.close()


app = FastAPI(lifespan=lifespan)


@app.get("/products/{number}")
async def product(number: str):
    response = await app.state.shop.get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str):
    response = await app.state.shop.get(f"/products/{number}/picture")
    if response.status_code >= 300:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(session: str | None = Cookie(None)):
    response = await app.state.shop.get("/basket", session)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
