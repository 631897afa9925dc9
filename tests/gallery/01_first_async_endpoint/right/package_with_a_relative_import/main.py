"""The answer's folder is a package, and the route's function comes from a module beside it."""

from fastapi import FastAPI

from .warehouse import ask_the_warehouse

app = FastAPI()
app.get("/async-endpoint")(ask_the_warehouse)
