"""A pyproject.toml and a pytest.ini beside the answer leave all specs out.

Exercise: 01
Is for: settings of pytest in a hand-in
Ends: gets what its work deserves
At most: 1
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
