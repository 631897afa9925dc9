"""All three routes are plain def: FastAPI gives each request a worker thread."""

import time

import vendor
from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
def async_endpoint() -> dict[str, str]:
    time.sleep(2)
    return {"message": "This is an async response!"}


@app.get("/ping")
def ping() -> dict[str, str]:
    return {"ping": "pong"}


@app.get("/report")
def report(name: str) -> dict[str, str]:
    return {"report": vendor.fetch_report(name)}
