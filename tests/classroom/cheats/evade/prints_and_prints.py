"""It prints some megabytes.

Exercise: 01
Is for: filling the disk or the record
Ends: gets what its work deserves
At most: 1
"""

for _ in range(2_000):
    print("x" * 1_000)

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
