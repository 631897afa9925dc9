"""The references under a real server: uvicorn, real sockets, real seconds, a real upstream.

Everything else in the kata happens in memory and in virtual time. Here every reference is served as
a person would serve it, and asked what its lesson promises. The upstream is a small server on the
loopback: `kata.network.stand_in` leads httpx there, whatever host a URL names. All servers run side by
side, so that their seconds pass together.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from kata.course.course import Course, Exercise
from kata.run.engine import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a server is stopped by a signal")

COURSE = Course(ROOT)
# Not those whose answer is a file of tests.
REFERENCES = [
    each for each in COURSE.exercises if (COURSE.solutions / each.name / "main.py").exists()
]
NAMES = [each.name for each in REFERENCES]

# A sleep may end one tick of the clock too soon.
TICK = 0.01

# What a process runs that serves an answer. It looks at itself before and after, from the inside:
# uvicorn gives a signal on to the handler that was there before it, so this one does nothing, and
# the last line is reached if uvicorn has come to its end.
SERVING = """
import json, os, signal, sys, threading
from pathlib import Path

import uvicorn

def opened():
    names = set()
    for each in Path("/proc/self/fd").glob("*"):
        try:
            names.add(os.readlink(each))
        except OSError:
            pass  # it was open only while the folder was read
    # A faster loop than asyncio's keeps pipes of its own as long as the process lives.
    return {name for name in names if not name.startswith(("pipe:", "anon_inode:"))}

signal.signal(signal.SIGTERM, lambda *_: None)
if "httpx" in Path("main.py").read_text("utf-8"):
    from kata.network.stand_in import send_here
    send_here(int(sys.argv[1]))
sys.path.insert(0, os.getcwd())
before = opened()
uvicorn.run("main:app", host="127.0.0.1", port=0, access_log=False)
left = sorted(opened() - before)
threads = [each.name for each in threading.enumerate() if each is not threading.main_thread()]
print(json.dumps({"left": left, "threads": threads}))
"""


@dataclass
class Ended:
    """How a server came to its end."""

    status: int | None
    log: str
    seconds: float
    left: list[str] | None = None
    threads: list[str] | None = None


@dataclass
class Server:
    """A reference in a process of its own, and in a folder of its own with the given files."""

    exercise: Exercise
    folder: Path
    upstream: Upstream
    port: int = 0
    ended: list[Ended] = field(default_factory=list[Ended])
    _process: asyncio.subprocess.Process | None = None
    _log: list[str] = field(default_factory=list[str])
    _reader: asyncio.Task[None] | None = None

    def lay_out(self) -> None:
        self.folder.mkdir()
        shutil.copy(COURSE.solutions / self.exercise.name / "main.py", self.folder / "main.py")
        for given in self.exercise.given:
            place = self.folder / given.relative_to(self.exercise.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(given, place)

    async def start(self) -> None:
        """Returns when the server takes requests, or has ended."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment |= {"PYTHONWARNINGS": "always::ResourceWarning", "NO_COLOR": "1"}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SERVING, str(self.upstream.port)),
            cwd=self.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._log = []
        ready = asyncio.Event()
        self._reader = asyncio.create_task(self._read(self._process, ready))
        await ready.wait()

    async def _read(self, process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self._log.append(line.decode())
            if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", self._log[-1]):
                self.port = int(found[1])
                ready.set()
        ready.set()

    async def stop(self) -> Ended:
        """SIGTERM, and what came of it. A server that has ended by itself is only looked at."""
        process, reader = self._process, self._reader
        if process is None or reader is None:
            raise AssertionError("it was never started")
        self._process = self._reader = None
        began = time.monotonic()
        # Not `process.send_signal`: it looks first whether the process has ended, and then nobody
        # else gets to know how.
        with contextlib.suppress(ProcessLookupError):
            if process.returncode is None:
                os.kill(process.pid, signal.SIGTERM)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(20):
                said = await process.stdout.read()
                status: int | None = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            said, status = b"", None
        await reader
        ended = Ended(
            status, "".join(self._log), time.monotonic() - began, **json.loads(said or "{}")
        )
        self.ended.append(ended)
        return ended

    def kill(self) -> None:
        """Whatever went wrong, no server outlives the test."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncGenerator[httpx.AsyncClient]:
        # A connection for each request: one that has idled for seconds may just be hanging up.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", limits=limits, timeout=30, trust_env=False
        ) as client:
            yield client

    def open_in_folder(self) -> int | None:
        """How many files of its folder the server has open, where a system tells."""
        assert self._process is not None
        descriptors = Path(f"/proc/{self._process.pid}/fd")
        if not descriptors.is_dir():
            return None
        count = 0
        for each in descriptors.iterdir():
            with contextlib.suppress(FileNotFoundError):
                count += str(each.readlink()).startswith(str(self.folder.resolve()))
        return count


@dataclass
class Says:
    """What the upstream answers."""

    status: int = 200
    body: bytes = b"{}"
    takes: float = 0.0
    trouble: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Upstream:
    """A small server of HTTP/1.1 that answers for every host, and counts."""

    def __init__(self) -> None:
        self.port = 0
        self.says = Says()
        self.says_of: dict[str, Says] = {}
        self.asked: list[str] = []
        self.connections = self.open = self.in_flight = self.peak = 0
        self._server: asyncio.Server | None = None
        self._talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more connections, and close those there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._talking):
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)

    async def is_asked(self, times: int) -> None:
        async with asyncio.timeout(10):
            while len(self.asked) < times:
                await asyncio.sleep(0.005)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talking[task] = writer
        self.connections += 1
        self.open += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            del self._talking[task]
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, _, fields = head.partition("\r\n")
        host = re.search(r"(?im)^host: *(\S+)", fields)
        length = re.search(r"(?im)^content-length: *(\d+)", fields)
        await reader.readexactly(int(length[1]) if length else 0)
        method, path, _ = line.split(" ")
        self.asked.append(f"{method} {host[1] if host else '?'}{path}")
        says = self.says_of.get(path, self.says)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await asyncio.sleep(says.takes)
            if says.trouble == "silent":
                await reader.read()
                return False
            headers = {"content-type": "application/json", **says.headers}
            headers["content-length"] = str(len(says.body))
            text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            body = says.body[:-1] if says.trouble == "hangs up" else says.body
            writer.write(f"HTTP/1.1 {says.status} Said\r\n{text}\r\n".encode() + body)
            await writer.drain()
            return says.trouble != "hangs up"
        finally:
            self.in_flight -= 1


# What each lesson promises


@contextlib.contextmanager
def takes(seconds: float, *, under: float) -> Generator[None]:
    """The block takes this long: never less. A busy machine may be late, but by less than a mistake."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert seconds - TICK <= took < under, f"{seconds} s were promised, {took:.2f} s passed"


async def gets(client: httpx.AsyncClient, path: str, status: int, body: Any) -> None:
    response = await client.get(path)
    assert (response.status_code, response.json()) == (status, body)


async def pings_quickly(client: httpx.AsyncClient) -> None:
    """Four pings beside other requests: a blocking call would keep each of them for a second or two."""
    quickest = 10.0
    for _ in range(4):
        await asyncio.sleep(0.15)
        began = time.monotonic()
        await gets(client, "/ping", 200, {"ping": "pong"})
        quickest = min(quickest, time.monotonic() - began)
    assert quickest < 0.5


async def first_async_endpoint(server: Server, client: httpx.AsyncClient) -> None:
    message = {"message": "This is an async response!"}
    with takes(2, under=6):
        await gets(client, "/async-endpoint", 200, message)
    with takes(2, under=20):
        await together(*(gets(client, "/async-endpoint", 200, message) for _ in range(20)))


async def never_block_the_loop(server: Server, client: httpx.AsyncClient) -> None:
    message = {"message": "This is an async response!"}
    seal = re.search(r'SEAL = "(.*)"', (server.folder / "vendor.py").read_text("utf-8"))
    assert seal
    names = ["ada", "barbara", "edsger", "grace", "tony"]

    async def reports() -> None:
        with takes(1, under=4.9):
            await together(*(report(name) for name in names))

    async def report(name: str) -> None:
        body = {"report": f"Report on {name}, sealed {seal[1]}"}
        await gets(client, f"/report?name={name}", 200, body)

    with takes(2, under=9):
        await together(
            *(gets(client, "/async-endpoint", 200, message) for _ in range(5)),
            reports(),
            pings_quickly(client),
        )


async def fetch_data(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    for posts in ([{"id": 1, "title": "café"}], []):
        upstream.says = Says(body=json.dumps(posts).encode())
        await gets(client, "/fetch-data", 200, posts)
    assert upstream.asked == ["GET jsonplaceholder.typicode.com/posts"] * 2
    upstream.says = Says(body=b"[1]", takes=2)
    with takes(2, under=9):
        await together(*(gets(client, "/fetch-data", 200, [1]) for _ in range(5)))
    assert upstream.peak == 5
    assert len(upstream.asked) == 7


async def upstream_errors(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    status_error = {"detail": "Error fetching data"}
    request_error = {"detail": "Request failed"}

    async def silence() -> None:
        with takes(5, under=10):
            await gets(client, "/external-api", 500, request_error)

    upstream.says = Says(trouble="silent")
    silent = asyncio.create_task(silence())
    await upstream.is_asked(1)
    assert upstream.asked == ["GET nonexistent-api.com/data"]

    good = {"answer": [42, None]}
    upstream.says = Says(body=json.dumps(good).encode())
    await gets(client, "/external-api", 200, good)
    for status in (400, 401, 404, 418, 429, 500, 502, 503):
        upstream.says = Says(status, body=b"<h1>secret</h1>")
        await gets(client, "/external-api", status, status_error)
    for says in (
        Says(trouble="hangs up"),
        Says(body=b"<h1>not JSON</h1>"),
        Says(body=b"not gzip", headers={"content-encoding": "gzip"}),
    ):
        upstream.says = says
        await gets(client, "/external-api", 500, request_error)
    await silent
    await upstream.stop()
    for _ in range(3):
        await gets(client, "/external-api", 500, request_error)
    await upstream.start()
    upstream.says = Says(body=json.dumps(good).encode())
    await gets(client, "/external-api", 200, good)


async def startup_and_shutdown(server: Server, client: httpx.AsyncClient) -> None:
    opened = server.open_in_folder()
    assert opened is None or opened >= 1
    await together(*(gets(client, "/health", 200, {"database": 1}) for _ in range(20)))
    assert server.open_in_folder() == opened

    # A startup that fails refuses service: here, because a folder is no database.
    await server.stop()
    path = server.folder / "test.db"
    path.unlink(missing_ok=True)
    path.mkdir()
    await server.start()
    refused = await server.stop()
    path.rmdir()
    server.ended.remove(refused)
    assert refused.status == 3  # uvicorn's own, for an application that does not start
    assert "unable to open database file" in refused.log

    await server.start()
    async with server.client() as again:
        await gets(again, "/health", 200, {"database": 1})


async def read_rows(server: Server, client: httpx.AsyncClient) -> None:
    outside = sqlite3.connect(server.folder / "test.db", isolation_level=None)
    with contextlib.closing(outside):
        await gets(client, "/users", 200, [])
        outside.execute("INSERT INTO users (id, name) VALUES (7, 'Ada'), (3, 'Grace')")
        rows = [{"id": 3, "name": "Grace"}, {"id": 7, "name": "Ada"}]
        await gets(client, "/users", 200, rows)
        outside.execute("BEGIN EXCLUSIVE")
        users = asyncio.create_task(gets(client, "/users", 200, rows))
        await asyncio.sleep(0.3)
        await together(*(gets(client, "/ping", 200, {"ping": "pong"}) for _ in range(5)))
        assert not users.done()
        outside.execute("ROLLBACK")
        await users
    await server.stop()
    await server.start()
    async with server.client() as again:
        await gets(again, "/users", 200, rows)


async def write_rows(server: Server, client: httpx.AsyncClient) -> None:
    names = ["Ada", "O'Brien", "x'); DROP TABLE users; --", *(f"User {n:02}" for n in range(24))]

    async def post(name: str) -> Any:
        response = await client.post("/users", json={"name": name})
        assert response.status_code == 201
        return response.json()

    users = await asyncio.gather(*(post(name) for name in names))
    assert [each["name"] for each in users] == names
    with contextlib.closing(sqlite3.connect(server.folder / "test.db")) as outside:
        rows = dict(outside.execute("SELECT id, name FROM users").fetchall())
    assert rows == {each["id"]: each["name"] for each in users}
    await together(*(gets(client, f"/users/{each['id']}", 200, each) for each in users))
    await gets(client, "/users/4711", 404, {"detail": "User not found"})
    assert (await client.get("/users/ada")).status_code == 422
    assert (await client.post("/users", json={})).status_code == 422
    await server.stop()
    await server.start()
    async with server.client() as again:
        await gets(again, f"/users/{users[1]['id']}", 200, users[1])


async def parallel_tasks(server: Server, client: httpx.AsyncClient) -> None:
    results = {"results": ["Task 1 complete", "Task 2 complete"]}
    with takes(3, under=5):
        await together(*(gets(client, "/parallel-tasks", 200, results) for _ in range(3)))


async def thousands_at_once(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    items = range(1, 21)

    def price_list(takes: float) -> dict[str, Says]:
        bodies = {item: json.dumps({"price": item + 0.5}).encode() for item in items}
        return {f"/items/{item}": Says(body=bodies[item], takes=takes) for item in items}

    all_prices = {"prices": [item + 0.5 for item in items]}
    upstream.says_of = price_list(0.5)
    with takes(2, under=8):
        await gets(client, "/fan-out", 200, all_prices)
    assert sorted(upstream.asked) == sorted(f"GET prices.example/items/{item}" for item in items)
    assert upstream.peak == 5

    upstream.says_of |= {
        "/items/4": Says(500),
        "/items/9": Says(404),
        "/items/15": Says(trouble="hangs up"),
    }
    some_prices = {"prices": [None if n in (4, 9, 15) else n + 0.5 for n in items]}
    await gets(client, "/fan-out", 200, some_prices)

    upstream.says_of = price_list(0.25)
    with takes(3, under=14):
        await together(*(gets(client, "/fan-out", 200, all_prices) for _ in range(3)))
    assert upstream.peak == 5

    # Forty threads would need 12.5 seconds for a thousand, a queue more than eight minutes.
    with takes(0.5, under=10):
        answers = await asyncio.gather(*(bare_get(server.port, "/wait") for _ in range(at_once())))
    assert {answer.partition(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    assert {json.loads(answer.partition(b"\r\n\r\n")[2])["done"] for answer in answers} == {True}


def at_once() -> int:
    """A thousand, or as many as this process may have open beside all the rest."""
    import resource

    return min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100)


async def bare_get(port: int, path: str) -> bytes:
    """A GET without a client's trouble, so that a thousand are sent in a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def together(*conversations: Coroutine[Any, Any, None]) -> None:
    """All at once; the first that fails ends the others."""
    async with asyncio.TaskGroup() as group:
        for each in conversations:
            group.create_task(each)


async def find_what_blocks(server: Server, client: httpx.AsyncClient) -> None:
    key = {"x-api-key": "milk-and-honey"}
    server.upstream.says = Says(body=b'{"at": "Lyon"}')
    response = await client.get("/parcels/LY-7", headers=key)
    assert (response.status_code, response.json()) == (200, {"at": "Lyon"})

    with takes(1, under=4.5):
        wrong = (gets(client, "/parcels/LY-7", 401, {"detail": "Wrong key"}) for _ in range(5))
        await together(*wrong, pings_quickly(client))
    labels = [await client.post(f"/parcels/LY-{n}/label", headers=key) for n in range(3)]
    assert [each.status_code for each in labels] == [200] * 3
    assert (await client.get("/lag")).json()["seconds"] < 0.5


async def one_shared_client(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    upstream.says_of = {
        "/products/7": Says(body=b'{"name": "lamp"}', headers={"set-cookie": "session=ada"}),
        "/products/7/picture": Says(body=b"\x89", headers={"content-type": "image/png"}),
        "/products/8/picture": Says(status=404, body=b"no"),
    }
    for _ in range(3):
        await gets(client, "/products/7", 200, {"name": "lamp"})
        picture = await client.get("/products/7/picture")
        assert (picture.content, picture.headers["content-type"]) == (b"\x89", "image/png")
        await gets(client, "/products/8/picture", 404, {"detail": "No picture"})
    assert upstream.connections <= 2


async def deadlines_and_gateways(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    stock, rates = Says(body=b'{"warehouse": "w7"}'), Says(body=b'{"price": 4.5}')
    upstream.says_of = {"/items/a1": stock, "/rates/w7": rates}
    await gets(client, "/quotes/a1", 200, {"sku": "a1", "warehouse": "w7", "price": 4.5})
    rates.status = 500
    await gets(client, "/quotes/a1", 502, {"detail": "Bad gateway"})
    stock.takes, rates.status, rates.trouble = 1.2, 200, "silent"
    with takes(2, under=6):
        await gets(client, "/quotes/a1", 504, {"detail": "Deadline exceeded"})


async def commit_before_200(server: Server, client: httpx.AsyncClient) -> None:
    for amount, balance in ((30, 70), (20, 50)):
        order = {"source": 1, "target": 2, "amount": amount}
        response = await client.post("/transfers", json=order)
        assert response.status_code == 201
        with contextlib.closing(sqlite3.connect(server.folder / "test.db")) as other:
            assert other.execute("SELECT balance FROM accounts WHERE id = 1").fetchone() == (
                balance,
            )
    refused = await client.post("/transfers", json={"source": 1, "target": 2, "amount": 51})
    assert (refused.status_code, refused.json()) == (409, {"detail": "Not enough money"})
    await gets(client, "/accounts/2", 200, {"id": 2, "balance": 150})


async def check_await_act(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    upstream.says = Says(status=201, takes=0.3)
    left = (await client.get("/stock/7")).json()["left"]
    order, key = {"item": 7, "quantity": 2}, {"idempotency-key": "a1"}
    answers = await asyncio.gather(
        *(client.post("/orders", json=order, headers=key) for _ in range(10))
    )
    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["id"] for each in answers}) == len(upstream.asked) == 1
    await gets(client, "/stock/7", 200, {"item": 7, "left": left - 2})


async def fail_together(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    upstream.says_of = {
        "/offers/7": Says(body=b'{"id": 551}', takes=0.5),
        "/bookings": Says(status=201, body=b'{"id": 9}', takes=0.5),
    }
    with takes(1, under=5):
        response = await client.post("/trips/7")
    assert (response.status_code, response.json()) == (201, {"flight": 9, "hotel": 9, "car": 9})
    upstream.says_of["/bookings"].status = 500
    assert (await client.post("/trips/7")).status_code == 502
    upstream.says_of["/offers/7"].trouble = "silent"
    with takes(1, under=5):
        await gets(client, "/trips/7/offers", 502, {"detail": "no offers"})


async def narrow_gate_full_queue(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    upstream.says = Says(body=b'{"label": "A7"}', takes=1.0)

    async def label() -> int:
        return (await client.get("/labels/7")).status_code

    first = [asyncio.create_task(label()) for _ in range(6)]
    await upstream.is_asked(2)
    await asyncio.sleep(0.3)  # until the others wait
    assert await label() == 503
    assert [await each for each in first] == [200] * 6
    assert upstream.peak == 2
    response = await client.post("/orders/7")
    assert (response.status_code, response.json()) == (202, {"order": 7})


async def retry_well(server: Server, client: httpx.AsyncClient) -> None:
    upstream = server.upstream
    upstream.says = Says(body=b'{"eur": 1.1}')
    await gets(client, "/rates/eur", 200, {"eur": 1.1})
    upstream.says = Says(status=404)
    await gets(client, "/rates/xxx", 404, {"detail": "Refused"})
    upstream.says, before = Says(status=500), len(upstream.asked)
    assert (await client.post("/payments", json={"amount": 1})).status_code == 503
    assert len(upstream.asked) == before + 1


PROMISES: dict[str, Callable[[Server, httpx.AsyncClient], Awaitable[None]]] = {
    "01_first_async_endpoint": first_async_endpoint,
    "02_never_block_the_loop": never_block_the_loop,
    "03_fetch_data": fetch_data,
    "04_upstream_errors": upstream_errors,
    "05_startup_and_shutdown": startup_and_shutdown,
    "06_read_rows": read_rows,
    "07_write_rows": write_rows,
    "08_parallel_tasks": parallel_tasks,
    "09_thousands_at_once": thousands_at_once,
    "11_find_what_blocks": find_what_blocks,
    "12_one_shared_client": one_shared_client,
    "13_deadlines_and_gateways": deadlines_and_gateways,
    "14_commit_before_200": commit_before_200,
    "15_check_await_act": check_await_act,
    "16_fail_together": fail_together,
    "17_narrow_gate_full_queue": narrow_gate_full_queue,
    "18_retry_well": retry_well,
}


# All of them, side by side


@dataclass
class Conversation:
    server: Server
    error: BaseException | None = None
    connections_left: int = 0


async def talk_to(server: Server) -> Conversation:
    conversation = Conversation(server)
    try:
        async with asyncio.timeout(100), server.client() as client:
            await PROMISES[server.exercise.name](server, client)
    except Exception as error:
        conversation.error = error
    if server.is_running:
        await server.stop()
    await asyncio.sleep(0.05)  # until the upstream has heard that its connections are closed
    conversation.connections_left = server.upstream.open
    await server.upstream.stop()
    return conversation


async def talk_to_all(room: Path) -> dict[str, Conversation]:
    servers: list[Server] = []
    for exercise in REFERENCES:
        server = Server(exercise, room / exercise.name, Upstream())
        server.lay_out()
        await server.upstream.start()
        servers.append(server)
    try:
        await asyncio.gather(*(server.start() for server in servers))
        conversations = await asyncio.gather(*(talk_to(server) for server in servers))
    finally:
        for server in servers:
            server.kill()
    return {each.server.exercise.name: each for each in conversations}


@contextlib.contextmanager
def many_files() -> Generator[None]:
    """This process, and those that it starts, may have some thousand files and sockets open."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Conversation]:
    with many_files():
        return asyncio.run(talk_to_all(tmp_path_factory.mktemp("served")))


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_keeps_its_promises(
    conversations: dict[str, Conversation], name: str
) -> None:
    conversation = conversations[name]
    if conversation.error is not None:
        raise conversation.error
    assert conversation.server.ended, "it was never served"


@pytest.mark.parametrize("name", NAMES)
def test_sigterm_ends_it_cleanly(conversations: dict[str, Conversation], name: str) -> None:
    conversation = conversations[name]
    for ended in conversation.server.ended:
        assert ended.status == 0, ended.log
        assert ended.seconds < 15
        assert "Application shutdown complete." in ended.log
        assert (ended.left, ended.threads) == ([], [])
        assert "ResourceWarning" not in ended.log
        assert "never awaited" not in ended.log
    assert conversation.connections_left == 0


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_no_traceback(conversations: dict[str, Conversation], name: str) -> None:
    for ended in conversations[name].server.ended:
        assert "Traceback" not in ended.log
