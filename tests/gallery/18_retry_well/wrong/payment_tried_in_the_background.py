"""Mistake: a payment that failed is tried once more when the answer has left.

Cell: deadline, again
Caught by: test_no_try_goes_on_when_the_answer_has_left
Reads: the bank is called once more
"""

import asyncio
import random
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

CHANCE = random.Random(18)  # the same in each run, so that the text of the failure is

BANK = "https://bank.example"
AGAIN = frozenset({429, 502, 503, 504})
RANGES = ((0.25, 0.75), (0.5, 1.5))


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient(base_url=BANK, timeout=5) as client:
        app.state.client = client
        yield


def shared(request: Request) -> httpx.AsyncClient:
    return request.app.state.client


Client = Annotated[httpx.AsyncClient, Depends(shared)]
app = FastAPI(lifespan=lifespan)


def pause(number: int, response: httpx.Response | None) -> float:
    asked = int(response.headers.get("retry-after", "0")) if response is not None else 0
    if asked > 0:
        return CHANCE.uniform(asked, asked + 0.5)
    return CHANCE.uniform(*RANGES[number])


async def fetched(client: httpx.AsyncClient, tries: int, *args: Any, **kwargs: Any) -> Any:
    loop = asyncio.get_running_loop()
    until = loop.time() + 3
    response: httpx.Response | None = None
    for number in range(tries):
        response = None
        try:
            async with asyncio.timeout_at(min(until, loop.time() + 1)):
                response = await client.request(*args, **kwargs)
        except (TimeoutError, httpx.RequestError):
            pass
        if response is not None and response.status_code not in AGAIN:
            break
        if number + 1 == tries:
            break
        wait = pause(number, response)
        if loop.time() + wait >= until:
            break
        await asyncio.sleep(wait)
    return answer(response)


def answer(response: httpx.Response | None) -> Any:
    later = HTTPException(503, "Try again later")
    if response is None or response.status_code == 429:
        raise later
    if response.is_client_error:
        raise HTTPException(response.status_code, "Refused")
    if not response.is_success:
        raise later
    try:
        return response.json()
    except ValueError:
        raise later from None


@app.get("/rates/{currency}")
async def rate(currency: str, client: Client) -> Any:
    return await fetched(client, 3, "GET", f"/rates/{currency}")


async def once_more(
    client: httpx.AsyncClient, payment: dict[str, Any], headers: dict[str, bytes]
) -> None:
    await asyncio.sleep(CHANCE.uniform(1, 2))
    try:
        await client.post("/payments", json=payment, headers=headers, timeout=1)
    except httpx.RequestError:
        pass


@app.post("/payments", status_code=201)
async def pay(
    payment: dict[str, Any], request: Request, client: Client, later: BackgroundTasks
) -> Any:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return await fetched(client, 1, "POST", "/payments", json=payment)
    headers = {"Idempotency-Key": key.encode("latin-1")}
    try:
        return await fetched(client, 3, "POST", "/payments", json=payment, headers=headers)
    except HTTPException as error:
        if error.status_code != 503:
            raise
        later.add_task(once_more, client, payment, headers)
        return JSONResponse({"detail": error.detail}, 503, background=later)
