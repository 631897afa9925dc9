"""Right: a client that blocks, shared by def routes, which run in worker threads."""

from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from fastapi import Cookie, FastAPI, HTTPException
from fastapi.responses import JSONResponse, Response

clients = {}


@asynccontextmanager
async def lifespan(app):
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    with httpx.Client(base_url="https://shop.example", cookies=jar) as clients["shop"]:
        yield
    clients.clear()


app = FastAPI(lifespan=lifespan)


@app.get("/products/{number}")
def product(number: str):
    response = clients["shop"].get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
def picture(number: str):
    response = clients["shop"].get(f"/products/{number}/picture")
    if response.status_code != 200:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
def basket(session: str | None = Cookie(None)):
    headers = {"cookie": f"session={session}"} if session else {}
    response = clients["shop"].get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return answer
