"""Right: a picture is streamed as it was given, and its response is closed on the way out too."""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.background import BackgroundTask

app = FastAPI()


@app.on_event("startup")
async def start():
    jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    app.state.shop = httpx.AsyncClient(
        base_url="https://shop.example", cookies=jar, limits=httpx.Limits(max_connections=50)
    )


@app.on_event("shutdown")
async def stop():
    await app.state.shop.aclose()


@app.get("/products/{number}")
async def product(number: str):
    response = await app.state.shop.get(f"/products/{number}")
    if response.is_error:
        return JSONResponse({"detail": "No such product"}, 404)
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str):
    shop = app.state.shop
    response = await shop.send(
        shop.build_request("GET", f"/products/{number}/picture"), stream=True
    )
    if response.status_code != 200:
        await response.aclose()
        raise HTTPException(404, detail="No picture")
    return StreamingResponse(
        response.aiter_bytes(),
        media_type=response.headers["content-type"],
        background=BackgroundTask(response.aclose),
    )


@app.get("/basket")
async def basket(session: str = Cookie("")):
    headers = {"cookie": f"session={session}"} if session else {}
    response = await app.state.shop.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if response.cookies.get("session"):
        answer.set_cookie("session", response.cookies["session"])
    return answer
