"""It says that its reply is packed, and sends some that unpack to a thousand times as much.

Exercise: 01
Is for: filling the judge's memory
Ends: gets what its work deserves
At most: 1
"""

import gzip

from fastapi import FastAPI, Response

app = FastAPI()
PACKED = gzip.compress(bytes(30_000_000))


@app.get("/async-endpoint")
async def async_endpoint() -> Response:
    return Response(PACKED, headers={"content-encoding": "gzip"})
