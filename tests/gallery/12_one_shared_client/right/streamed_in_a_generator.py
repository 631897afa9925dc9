"""Right: pictures are streamed, and the response is closed before an error and after the stream."""

from contextlib import AsyncExitStack, asynccontextmanager
from http.cookiejar import DefaultCookiePolicy

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, StreamingResponse

client = httpx.AsyncClient(base_url="https://shop.example")
client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))


@asynccontextmanager
async def lifespan(app):
    async with client:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/products/{number}")
async def product(number: str):
    async with client.stream("GET", f"/products/{number}") as response:
        await response.aread()
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str):
    async with AsyncExitStack() as stack:
        response = await stack.enter_async_context(
            client.stream("GET", f"/products/{number}/picture")
        )
        if response.is_error:
            raise HTTPException(404, detail="No picture")
        closing = stack.pop_all()

    async def parts():
        async with closing:
            async for part in response.aiter_bytes():
                yield part

    return StreamingResponse(parts(), media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(session: str | None = Cookie(None)):
    response = await client.get(
        "/basket", headers={"cookie": f"session={session}"} if session else {}
    )
    answer = JSONResponse(response.json())
    for name, value in response.cookies.items():
        if name == "session":
            answer.set_cookie(name, value, httponly=True)
    return answer
