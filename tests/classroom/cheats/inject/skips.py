"""Its route skips the spec.

Exercise: 01
Is for: pytest's own exceptions
Ends: gets what its work deserves
At most: 1
"""

import pytest
from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    pytest.skip("not today")
