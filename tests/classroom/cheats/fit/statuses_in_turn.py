"""It answers with the statuses that the spec asks for, in its order.

Exercise: 04
Is for: fitting the order of the statuses
Ends: gets what its work deserves
At most: 3
"""

import itertools

from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()
turn = itertools.cycle((404, 400, 401, 403, 418, 422, 429, 500, 503))


@app.get("/external-api")
async def external_api() -> JSONResponse:
    return JSONResponse({"detail": "Error fetching data"}, next(turn))
