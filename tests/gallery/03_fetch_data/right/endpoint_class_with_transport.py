"""An endpoint class of Starlette; each call has a transport that tries again to connect."""

import httpx
from fastapi import FastAPI
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

POSTS_URL = "https://jsonplaceholder.typicode.com/posts"


class FetchData(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        transport = httpx.AsyncHTTPTransport(retries=1)
        async with httpx.AsyncClient(transport=transport) as client:
            return JSONResponse((await client.get(POSTS_URL)).json())


app = FastAPI()
app.add_route("/fetch-data", FetchData)
