"""Right: class-based views on a router, a middleware, and a loop of its own in a daemon thread."""

import asyncio
import threading

from fastapi import APIRouter, FastAPI
from starlette.middleware.base import BaseHTTPMiddleware
from vendor import fetch_report

app = FastAPI()


class Timing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers["x-seen"] = "1"
        return response


app.add_middleware(Timing)
router = APIRouter()


class Views:
    def __init__(self):
        router.add_api_route("/async-endpoint", self.wait)
        router.add_api_route("/ping", self.ping)
        router.add_api_route("/report", self.report)

    async def wait(self):
        await asyncio.sleep(2)
        return {"message": "This is an async response!"}

    def ping(self):
        return {"ping": "pong"}

    async def report(self, name: str):
        def work():
            async def inner():
                return await asyncio.to_thread(fetch_report, name)

            with asyncio.Runner() as r:
                return r.run(inner())

        loop = asyncio.get_running_loop()
        fut = loop.create_future()

        def run():
            res = work()
            loop.call_soon_threadsafe(fut.set_result, res)

        threading.Thread(target=run, daemon=True).start()
        return {"report": await fut}


Views()
app.include_router(router)
