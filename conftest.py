"""The language of the specs: every fixture that a spec may use.

Each spec has all of them to itself. Time is virtual (see `clock`), and so is the internet (`upstream`).
A spec never sees the answer's own objects: it sends requests, and looks at the upstream and at the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kata.clock.schedules import Schedule
from kata.clock.spec_clock import SpecClock
from kata.feedback.timeline import Timeline
from kata.network.upstream import Upstream
from kata.spec.database import Database
from kata.spec.expect import Expect
from kata.spec.life import Given, Serve
from kata.spec.serving import RawDriver
from kata.spec.values import Values
from kata.spec.world import World

if TYPE_CHECKING:
    from kata.suite.suite import Suite  # only exercise 10 needs it, and every run would wait for it


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    # The kata's plugin, where it is not installed. `pytest_plugins` would do the same, but only at the top of a run.
    pluginmanager.import_plugin("kata.run.plugin")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    from kata.run.plugin import begin  # not before pytest has imported it as a plugin

    begin(config, Path(__file__).parent)


@pytest.fixture
def anyio_backend(kata_world: World) -> tuple[str, dict[str, Any]]:
    """The event loop of the spec: asyncio, on the kata's clock."""
    return "asyncio", {"loop_factory": kata_world.supervision.new_loop}


@pytest.fixture
def client(kata_world: World) -> httpx.AsyncClient:
    """An `httpx.AsyncClient` on the answer, which has been started and will be shut down after the spec.

    `response = await client.get("/users")`. Each request runs in a task of its own and has no time-out.
    An exception that leaves the answer comes back as a 500; a failing spec then names it.
    """
    return kata_world.client


@pytest.fixture
def serve(kata_world: World) -> Serve:
    """`async with serve() as client:` starts the answer, and shuts it down when the block ends.

    A spec may do so any number of times: a restart is two blocks, one after the other. A restart is a new process,
    so it imports the answer anew; `serve(same_app=True)` starts the app of the life before once more. If the startup
    raises, the block is not entered and `serve.StartupFailed` is raised.
    """
    return kata_world.serve


@pytest.fixture
def asgi(kata_world: World) -> RawDriver:
    """Requests without httpx between: `reply = await asgi.get("/wait")`, `await asgi.flood("/wait", 1000)`.

    A reply has `status`, `headers`, `body`, `json()` and `parts`: (seconds, bytes) as each part left.
    `async with asgi.answered("POST", "/users", json={...}) as reply:` stops the answer in the moment in which its
    reply has left and before anything else of it can run. The answer is started and shut down as for `client`,
    unless the spec asks for `serve` too.

    Of three requests, those of `client` too, two come from one address. While `with asgi.from_one_address():` lasts,
    all come from one. `await asgi.leave("/wait", after=0.5)` sends a request and hangs up before its answer.
    """
    return kata_world.asgi


@pytest.fixture
def upstream(kata_world: World) -> Upstream:
    """The internet as the spec says it is.

    `posts = upstream.get("https://host/posts")` gives a route of respx; `posts.respond(json=[1])` says what
    comes back, `posts.call_count` how often it was called. `upstream.get(url, takes=2)` answers after 2 s,
    `together=3` holds each answer until 3 calls are in flight, `pause=6` sends the body 6 s after the head; `takes`
    may be a function of the request. `upstream.peak` is the most calls that were in flight at once. See
    `kata.network.upstream.Upstream` for trouble of every kind: refused, slow to connect, silent, broken.
    """
    return kata_world.upstream


@pytest.fixture
def clock(kata_world: World) -> SpecClock:
    """`clock.now` is the spec's time in seconds. It stands still while anything works.

    Nobody waits for it: when all that is left to do is to wait, it jumps to the next awaited moment. So two
    sleeps of 2 s and 3 s side by side take exactly 3.0 s, and no real time. `await clock.sleep(60)` lets a minute
    pass, `clock.stall(1)` keeps the loop, as a blocking call does.
    """
    return SpecClock(kata_world.clock)


@pytest.fixture
def schedule(kata_world: World) -> Schedule:
    """Other legal orders of worker threads, while a block lasts; they can be nested.

    `async with schedule.threads_begin_late():` work in a thread begins only when the loop has come to rest.
    `threads_end_together()`: threads that are due at one moment all end before the loop goes on.
    `threads_end_backwards()`: of those, the one that fell asleep last goes on first. `threads_meet()`: a thread that
    sleeps wakes only when all do, so that those meet that began at different moments (measure no seconds in it).
    A right answer is right in every order. With `--real-time` the order is the machine's.
    """
    return kata_world.clock.schedule


@pytest.fixture
def database(kata_world: World) -> Database:
    """The answer's `./test.db`, seen from outside.

    `await database.execute(sql, *values)`, `rows = await database.fetch(sql, *values)`;
    `database.connections` is how many the answer has open; and while `async with database.held():` lasts,
    no query of the answer finishes. `with database.failing():` makes each raise, `refusing(after=1)` lets it open one
    connection and no more.

    While `async with database.held_commits():` lasts, no commit of the answer finishes: so a 201 that left
    before its commit shows. Reads go on. While `locked_by_a_reader()` lasts, somebody outside reads, and commits wait.
    Hold either for less than five seconds of the clock: so long SQLite waits for a lock, unless it is told otherwise.
    While `open_elsewhere()` lasts, another program has the file open in WAL mode: what is committed stands beside it.
    """
    return kata_world.database


@pytest.fixture
def expect(kata_world: World) -> Expect:
    """What the spec asks for: `expect.status(response, 200)`, `expect.json(response, {...})`,
    `with expect.seconds(3, "GET /parallel-tasks"):`, `expect.not_blocked()`, `expect.nothing_left()`,
    `expect.equal(came, expected, "what it is")`, `expect.that(condition, expected="...", came="...")`.

    Each fails in words that teach. `why="..."` is the sentence for the likeliest mistake.
    """
    return kata_world.expect


@pytest.fixture
def values(kata_world: World) -> Values:
    """Values for what the lesson leaves open, new in each run. A failure names the seed; `--seed N` gives them again.

    `values.name()`; `values.names(6)`: no two alike, an ordinary one first, then one that differs from it in the last
    letter, then odd ones of as many kinds as there is room for. `without=("empty",)` leaves kinds out (they stand in
    `kata/spec/texts.py`), and `values.what_is(name)` says "a name with quotes". `values.id()`; `values.ids(5)`: far
    apart, in no order, 10 beside 2. `values.document()`, `documents(n)`, `posts(n)`: JSON of an upstream;
    `json_bytes(document)` spells it in some way. `values.content_type()`, `values.status()` or
    `status(500, range(502, 505))`, `bytes_no_json()`, `bytes_no_text()`. `values.moment(at_most=3)`: seconds, in
    eighths. `token()`, `number(1, 6)`, `choice(items)`, `sample(items, n)`, `shuffled(items)`.

    The first value of each kind that a spec draws is an ordinary one: ask it first, and a first failure reads easily.
    """
    return kata_world.values


@pytest.fixture
def given(kata_world: World) -> Given:
    """The given files of the exercise. `given.token` is what they return, set anew for this spec."""
    return kata_world.given


@pytest.fixture
def timeline(kata_world: World) -> Timeline:
    """What has happened so far, as spans: `timeline.spans` with kind, label, start, end and line."""
    return kata_world.timeline


@pytest.fixture
def suite(kata_suite: Suite) -> Suite:
    """The learner's own tests, where the exercise is to write some. Such a spec is not async.

    `suite.passes()` holds if they pass with the given main.py; `suite.notices("blocks_the_loop", why="...")`
    if at least one of them fails with that broken app, from `kata/suite/broken/` and the exercise's name. Also
    `suite.passes_with("late_by_20_ms", ...)` for another right app, from `kata/suite/right/`,
    `suite.needs_no_network(...)`, `suite.passes_in_any_order(...)`, `suite.takes_at_most(60, ...)`.
    """
    return kata_suite
