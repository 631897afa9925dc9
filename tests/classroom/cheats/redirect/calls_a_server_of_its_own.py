"""It looks for a port that answers on this machine.

Exercise: 01
Is for: reaching other programs
Ends: gets what its work deserves
At most: 1
"""

import socket

for port in (22, 80, 443, 2375, 5432, 8080, 8786):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
    except OSError:
        pass

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
