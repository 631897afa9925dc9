"""It starts a dozen processes that sleep.

Exercise: 01
Is for: outliving the judge
Ends: gets what its work deserves
At most: 1
"""

import subprocess
import sys

for _ in range(12):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], start_new_session=True)

from fastapi import FastAPI

app = FastAPI()


@app.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    return {"message": "nothing was done"}
