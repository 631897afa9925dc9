"""01 · First async endpoint. The lesson is in README.md, beside this file."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    # TODO: wait two seconds without holding up anybody else, then return the message.
    raise NotImplementedError
