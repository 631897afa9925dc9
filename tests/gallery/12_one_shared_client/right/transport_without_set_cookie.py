"""Right: a transport takes the cookies off each response, before the client sees it."""

from contextlib import asynccontextmanager
from http.cookies import SimpleCookie

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response


class WithoutCookies(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        response = await super().handle_async_request(request)
        response.extensions["set-cookie"] = response.headers.get_list("set-cookie")
        response.headers.pop("set-cookie", None)
        return response


@asynccontextmanager
async def lifespan(app):
    transport = WithoutCookies()
    async with httpx.AsyncClient(base_url="https://shop.example", transport=transport) as client:
        app.state.ask = client.get
        yield


app = FastAPI(lifespan=lifespan)


class Missing(Exception):
    pass


@app.exception_handler(Missing)
async def missing(request, error):
    return JSONResponse({"detail": str(error)}, 404)


@app.get("/products/{number}")
async def product(number: str):
    response = await app.state.ask(f"/products/{number}")
    if response.is_error:
        raise Missing("No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str):
    response = await app.state.ask(f"/products/{number}/picture")
    if response.status_code >= 400:
        raise Missing("No picture")
    return Response(response.content, media_type=response.headers["content-type"])


@app.get("/basket")
async def basket(request: Request):
    session = request.cookies.get("session")
    response = await app.state.ask(
        "/basket", headers={"cookie": f"session={session}"} if session else {}
    )
    answer = JSONResponse(response.json())
    for line in response.extensions["set-cookie"]:
        cookie = SimpleCookie(line)
        if "session" in cookie:
            answer.set_cookie("session", cookie["session"].value)
    return answer
