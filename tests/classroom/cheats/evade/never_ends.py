"""Its route runs for ever.

Exercise: 01
Is for: costing the judge its time
Ends: gets what its work deserves
At most: 0
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    while True:
        pass
