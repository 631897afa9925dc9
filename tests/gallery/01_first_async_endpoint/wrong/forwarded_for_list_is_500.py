"""Mistake: X-Forwarded-For is read as one address, and behind two proxies it is a list.

Cell: two seconds, values
Caught by: test_the_answer_takes_two_seconds
Reads: The handler raised ValueError
"""

import asyncio
import ipaddress
import logging
from typing import Annotated

from fastapi import FastAPI, Header

app = FastAPI()
log = logging.getLogger(__name__)


@app.get("/async-endpoint")
async def async_endpoint(
    x_forwarded_for: Annotated[str | None, Header()] = None,
) -> dict[str, str]:
    if x_forwarded_for:
        sender = ipaddress.ip_address(x_forwarded_for.strip())
        log.info("asked by %s (private: %s)", sender, sender.is_private)
    await asyncio.sleep(2)
    return {"message": "This is an async response!"}
