"""It asks for more memory than it may have.

Exercise: 01
Is for: taking the machine down
Ends: gets what its work deserves
At most: 1
"""

try:
    hoard = bytearray(1 << 36)
except MemoryError:
    hoard = bytearray()

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
