"""13 · Deadlines and gateways. The lesson is in README.md, beside this file."""

from typing import Any

from fastapi import FastAPI

app = FastAPI()

STOCK = "https://stock.example/items"
SHIPPING = "https://shipping.example/rates"


@app.get("/quotes/{sku}")
async def quote(sku: str) -> dict[str, Any]:
    # TODO: ask stock, then shipping, within two seconds in all, and answer for them as a gateway does.
    raise NotImplementedError
