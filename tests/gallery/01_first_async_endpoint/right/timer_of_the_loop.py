"""A future that the loop's own timer fulfils, in a class whose instance is the route."""

import asyncio

from fastapi import FastAPI


class SlowAnswer:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def __call__(self) -> dict[str, str]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        loop.call_later(self.seconds, answer.set_result, "This is an async response!")
        return {"message": await answer}


app = FastAPI()
app.add_api_route("/async-endpoint", SlowAnswer(seconds=2), methods=["GET"])
