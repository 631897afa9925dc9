"""Mistake: each timer calls whoever is first in the queue, and that of a client who has left calls the next one too soon.

Cell: two seconds, moments
Caught by: test_each_request_waits_two_seconds_whenever_others_come
Reads: It was answered too soon, since somebody else had left
"""

import asyncio
from collections import deque

from fastapi import FastAPI, Request


async def left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class WaitingRoom:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.queue: deque[asyncio.Future[None]] = deque()

    async def wait(self, request: Request) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self.queue.append(turn)
        loop.call_later(self.seconds, self.call_next)
        gone = asyncio.create_task(left(request))
        try:
            await asyncio.wait({turn, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if turn in self.queue:
                self.queue.remove(turn)

    def call_next(self) -> None:
        if self.queue:
            self.queue.popleft().set_result(None)


app = FastAPI()
room = WaitingRoom(2)


@app.get("/async-endpoint")
async def async_endpoint(request: Request) -> dict[str, str]:
    await room.wait(request)
    return {"message": "This is an async response!"}
