"""A child leaves its parents, waits until the judge is done, and writes into whatever it finds.

Exercise: 01
Is for: outliving the judge
Ends: gets what its work deserves
At most: 1
"""

import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(8)
        for place in (os.environ.get("CHEATS_RESULTS", ""), os.getcwd(), "/tmp"):
            try:
                with open(os.path.join(place, "a-cheat-was-here"), "w") as file:
                    file.write("x")
            except OSError:
                pass
    os._exit(0)

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
