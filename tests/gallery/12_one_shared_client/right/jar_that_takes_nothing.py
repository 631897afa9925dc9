"""Right: a jar whose class takes nothing in, the client in the state of the lifespan, a response closed in finally."""

from contextlib import asynccontextmanager
from http.cookiejar import CookieJar
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response


class NullCookieJar(CookieJar):
    def extract_cookies(self, response, request):
        pass


@asynccontextmanager
async def lifespan(app):
    client = httpx.AsyncClient(base_url="https://shop.example", cookies=NullCookieJar())
    try:
        yield {"client": client}
    finally:
        await client.aclose()


app = FastAPI(lifespan=lifespan)


def shop(request: Request):
    return request.state.client


@app.get("/products/{number}")
async def product(number: str, client: Annotated[httpx.AsyncClient, Depends(shop)]):
    response = await client.get(f"/products/{number}")
    if response.is_error:
        raise HTTPException(404, detail="No such product")
    return response.json()


@app.get("/products/{number}/picture")
async def picture(number: str, client: Annotated[httpx.AsyncClient, Depends(shop)]):
    response = await client.send(
        client.build_request("GET", f"/products/{number}/picture"), stream=True
    )
    try:
        body = await response.aread()
        if response.status_code != 200:
            raise HTTPException(404, detail="No picture")
        return Response(body, media_type=response.headers["content-type"])
    finally:
        await response.aclose()


@app.get("/basket")
async def basket(request: Request, client: Annotated[httpx.AsyncClient, Depends(shop)]):
    session = request.cookies.get("session")
    headers = {"cookie": f"session={session}"} if session else None
    response = await client.get("/basket", headers=headers)
    answer = JSONResponse(response.json())
    if new := response.cookies.get("session"):
        answer.set_cookie("session", new)
    return answer
