"""02 · Never block the loop. The lesson is in README.md, beside this file."""

from fastapi import FastAPI

app = FastAPI()


# TODO: write the three routes. The reports come from `fetch_report` in vendor.py.
@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    raise NotImplementedError


@app.get("/ping")
async def ping() -> dict[str, str]:
    raise NotImplementedError


@app.get("/report")
async def report(name: str) -> dict[str, str]:
    raise NotImplementedError
