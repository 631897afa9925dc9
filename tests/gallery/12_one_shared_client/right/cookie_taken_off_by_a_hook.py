"""Right: a hook of the client takes every cookie off that the call has not brought itself."""

from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, Cookie, FastAPI, HTTPException, Request
from fastapi.responses import Response


async def own_cookie_only(request):
    request.headers.pop("cookie", None)
    if session := request.extensions.get("session"):
        request.headers["cookie"] = f"session={session}"


@asynccontextmanager
async def lifespan(app):
    hooks = {"request": [own_cookie_only]}
    async with httpx.AsyncClient(base_url="https://shop.example", event_hooks=hooks) as client:
        app.state.client = client
        yield


router = APIRouter()


@router.get("/products/{number}")
async def product(number: str, request: Request):
    response = await request.app.state.client.get(f"/products/{number}")
    try:
        response.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise HTTPException(404, detail="No such product") from error
    return response.json()


@router.get("/products/{number}/picture")
async def picture(number: str, request: Request):
    response = await request.app.state.client.get(f"/products/{number}/picture")
    if not response.is_success:
        raise HTTPException(404, detail="No picture")
    return Response(response.content, headers={"content-type": response.headers["content-type"]})


@router.get("/basket")
async def basket(request: Request, answer: Response, session: str | None = Cookie(None)):
    response = await request.app.state.client.get("/basket", extensions={"session": session})
    if "session" in response.cookies:
        answer.set_cookie("session", response.cookies["session"])
    return response.json()


app = FastAPI(lifespan=lifespan)
app.include_router(router)
