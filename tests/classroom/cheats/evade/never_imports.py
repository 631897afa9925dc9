"""Its import waits for ever.

Exercise: 01
Is for: costing the judge its time
Ends: gets what its work deserves
At most: 0
"""

import threading

threading.Event().wait()

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
