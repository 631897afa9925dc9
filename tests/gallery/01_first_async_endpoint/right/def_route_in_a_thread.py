"""A plain def route: FastAPI runs it in a worker thread, where time.sleep holds up nobody."""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
def async_endpoint() -> dict[str, str]:
    time.sleep(2)
    return {"message": "This is an async response!"}
