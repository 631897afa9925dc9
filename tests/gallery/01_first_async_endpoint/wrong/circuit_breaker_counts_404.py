"""Mistake: refused requests, such as a 404, are counted as failures, and after three of them all others get 503.

Cell: two seconds, failures
Caught by: test_the_answer_takes_two_seconds
Reads: that has no say in this answer
"""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

app = FastAPI()


class Breaker:
    def __init__(self, limit: int = 3, rest: float = 30) -> None:
        self.limit = limit
        self.rest = rest
        self.failures = 0
        self.closed_again = 0.0

    def is_open(self, now: float) -> bool:
        return now < self.closed_again

    def note(self, ok: bool, now: float) -> None:
        self.failures = 0 if ok else self.failures + 1
        if self.failures >= self.limit:
            self.failures = 0
            self.closed_again = now + self.rest


breaker = Breaker()


@app.middleware("http")
async def protect(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    loop = asyncio.get_running_loop()
    if breaker.is_open(loop.time()):
        return JSONResponse({"detail": "try again later"}, status_code=503)
    response = await call_next(request)
    breaker.note(response.status_code < 400, loop.time())
    return response


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
