"""What the transfers of a bank are held to: who is told 201 can rely on it, and nobody sees half of one."""

import asyncio
from dataclasses import dataclass
from itertools import chain
from typing import Any

import httpx

from kata.spec.expect import Response
from kata.spec.types import Asgi, Client, Clock, Database, Expect, Serve, Values

UNKNOWN = 4711
"""The id of no account."""

LARGEST = 2**63 - 1
"""The largest number that SQLite can hold."""

ALL = 1_000
"""How many commits fail where all do: nobody tries so often."""

REFUSED = {
    "the row": (3, "INSERT ON transfers WHEN NEW.amount"),
    "to take the money": (4, "UPDATE ON accounts WHEN NEW.id = 1 AND OLD.balance - NEW.balance"),
    "to give the money": (5, "UPDATE ON accounts WHEN NEW.id = 2 AND NEW.balance - OLD.balance"),
}
"""What triggers in the file refuse: a step of each transfer of this amount. sqlite3 raises IntegrityError there."""


@dataclass(frozen=True)
class Order:
    """A transfer, as a client asks for it."""

    source: int
    target: int
    amount: int

    @property
    def body(self) -> dict[str, int]:
        return {"source": self.source, "target": self.target, "amount": self.amount}

    def __str__(self) -> str:
        return f"{self.amount} from account {self.source} to account {self.target}"


async def test_a_transfer_moves_the_money(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """`POST /transfers` answers 201 with the transfer and its `id`; then both accounts have their new balance."""
    # SQLite holds them all; a float would not.
    one, other, much = values.id(at_least=10_000), LARGEST, 2**60 + 2 * values.number(0, 1_000) + 1
    await open_accounts(database, {one: much, other: 0})
    balances = {1: 100, 2: 100, one: much, other: 0}
    orders = [
        Order(1, 2, 30),
        Order(2, 1, 130),
        Order(one, other, much - 2 * values.number(1, 1_000)),
        Order(other, one, 1),
        Order(1, 2, 30),  # as the first one: what was asked for does not tell the rows apart
    ]
    answered: dict[object, Order] = {}
    for order in orders:
        response = await ordered(client, clock, order)
        balances[order.source] -= order.amount
        balances[order.target] += order.amount

        others = {order.source, order.target} - {1, 2}
        expect.status(
            response,
            201,
            request=f"{order}{', accounts that others have opened meanwhile' if others else ''}",
            why=ENOUGH,
        )
        expect.json(response, {"id": id_of(response), **order.body}, why=THE_TRANSFER)
        same = answered.get(id_of(response))
        expect.that(
            same is None,
            expected="an id that no transfer before has",
            came=f"the id {id_of(response)} again, which {same} has",
            why=ONE_ROW,
        )
        answered[id_of(response)] = order
        for number in (order.source, order.target):
            stored = (await balances_in(database, expect)).get(number) == balances[number]
            read = await client.get(f"/accounts/{number}")
            expect.status(
                read, 200, why="The account is there: the program that is given finds it."
            )
            expect.json(
                read,
                {"id": number, "balance": balances[number]},
                why=READ_THE_FILE if stored else NOT_STORED,
            )
    await database.execute("UPDATE accounts SET balance = balance + 5 WHERE id = 1")
    balances[1] += 5
    read = await client.get("/accounts/1")
    expect.json(read, {"id": 1, "balance": balances[1]}, why=CHANGED_BY_OTHERS)

    to_itself = Order(2, 2, 10)
    response = await ordered(client, clock, to_itself)
    expect.that(
        response.status_code != 404,
        expected="no 404 for a transfer from account 2 to account 2: both are known",
        came=f"404 with the body {response.text}",
        why="404 is for a target that is unknown. One row stands for both accounts here: look for it by its id.",
    )
    if response.status_code == 201:
        answered[id_of(response)] = to_itself
    same_balances(
        expect,
        await balances_in(database, expect),
        balances,
        "the balances after a transfer of 10 from account 2 to account 2",
        why=TO_ITSELF,
    )
    expect.equal(
        await transfers_in(database, expect),
        answered,
        "the rows of the table transfers by id, after as many 201",
        why=ONE_ROW,
    )


async def test_a_transfer_that_is_refused_moves_nothing(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """409, 404 and 422: a transfer that is refused moves nothing, and the next one is carried out."""
    await open_accounts(database, {UNKNOWN - 1: 50, UNKNOWN + 1: 50})
    before = await balances_in(database, expect)
    for body, status, detail in (
        (Order(1, 2, 101).body, 409, "Not enough money"),
        (Order(UNKNOWN, 2, 1).body, 409, "Not enough money"),
        (Order(1, UNKNOWN, 1).body, 404, "No such account"),
        (Order(1, UNKNOWN, 100).body, 404, "No such account"),
        (Order(1, 2, 0).body, 422, None),
        (Order(-1, 2, 1).body, 422, None),
        (Order(1, 2, LARGEST + 1).body, 422, None),
        ({"source": 1, "target": 2}, 422, None),
    ):
        response = await client.post("/transfers", json=body)
        await clock.sleep(0.05)

        expect.status(response, status, why=AS_BEFORE)
        if detail:
            expect.json(response, {"detail": detail}, why=AS_BEFORE)
        same_balances(
            expect,
            await balances_in(database, expect),
            before,
            f"the balances after a transfer that was refused with {status}",
            why=ROLL_BACK,
        )
    for number in (0, LARGEST + 1):
        read = await client.get(f"/accounts/{number}")
        expect.status(read, 422, request=f"GET /accounts/{number}", why=AS_BEFORE)
    read = await client.get(f"/accounts/{UNKNOWN}")
    expect.status(read, 404, why=AS_BEFORE)
    expect.json(read, {"detail": "No such account"}, why=AS_BEFORE)
    await open_accounts(database, {UNKNOWN: 7})
    read = await client.get(f"/accounts/{UNKNOWN}")
    expect.status(read, 200, why=OPENED_SINCE)
    before[UNKNOWN] = 7
    response = await ordered(client, clock, Order(2, 1, 100))
    expect.status(response, 201, why=ENOUGH)
    same_balances(
        expect,
        await balances_in(database, expect),
        before | {1: 200, 2: 0},
        "the balances after one transfer, and others that were refused",
        why=ROLL_BACK,
    )


async def test_the_transfer_is_committed_when_the_201_arrives(
    client: Client, asgi: Asgi, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """When the 201 arrives, the transfer is committed: another connection sees it, also if the commit takes long."""
    balance = {1: 100, 2: 100}
    for amount in (30, values.number(1, 20)):
        order = Order(1, 2, amount)
        async with asgi.answered("POST", "/transfers", json=order.body) as response:
            seen = await balances_in(database, expect)
        balance = after(balance, order)

        expect.status(response, 201, why=ENOUGH)
        same_balances(
            expect,
            seen,
            balance,
            "the balances that another connection reads when the 201 arrives",
            why=TOO_EARLY,
        )
    for seconds in (values.moment(at_most=2), 4, 6.5):
        async with database.held_commits():
            waiting = asyncio.create_task(ordered(client, clock, Order(2, 1, 10)))
            await clock.sleep(seconds)
            early = waiting.done()
            seen = await balances_in(database, expect) if early else {}
        response = await waiting

        expect.that(
            not early or response.status_code >= 500 or seen == after(balance, Order(2, 1, 10)),
            expected=f"the answer waits for the commit, which takes {seconds:g} s",
            came=f"status {response.status_code}, and another connection does not see the transfer yet",
            why=TOO_EARLY,
        )
        # Who gives up after some seconds has moved nothing, and says so.
        if seconds < 5 or response.status_code < 500:
            expect.status(response, 201, why="A commit that takes long is no error: wait for it.")
        if response.status_code == 201:
            balance = after(balance, Order(2, 1, 10))
        same_balances(
            expect,
            await balances_in(database, expect),
            balance,
            f"the balances after status {response.status_code} and a commit that took {seconds:g} s",
            why=ONCE if response.status_code < 500 else NO_WAY_BACK,
        )


async def test_a_commit_that_fails_is_told(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """If the commit fails, the answer is 500 to 599 and nothing is stored, or it is tried again and stored once."""
    told: list[tuple[Order, httpx.Response]] = []
    for number, times in enumerate((1, ALL, 2, ALL), start=1):
        order = Order(1, 2, number)
        with database.failing_commits(times=times), expect.may_fail():
            failed = await ordered(client, clock, order)
        told.append((order, failed))
        await no_empty_promise(told, database, expect, "whose commit failed")
    # One reads for longer than SQLite waits, so this commit fails, or at last succeeds.
    order = Order(1, 2, 5)
    async with database.locked_by_a_reader():
        with expect.may_fail():
            waiting = asyncio.create_task(ordered(client, clock, order))
            await clock.sleep(6.5)
    told.append((order, await waiting))
    await no_empty_promise(told, database, expect, "while somebody kept the file locked")
    later = Order(2, 1, 50)
    told.append((later, await ordered(client, clock, later)))
    expect.status(told[-1][1], 201, why=AFTER_A_FAILURE)
    await no_empty_promise(told, database, expect, "whose commit had failed before another's")


async def test_queries_that_fail_are_told(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """If a query fails, the answer is 500 to 599, and nothing of the transfer is stored, then or later."""
    told: list[tuple[Order, httpx.Response]] = []
    for number in (1, 2):
        with database.failing(), expect.may_fail():
            told.append((Order(1, 2, number), await ordered(client, clock, Order(1, 2, number))))
        expect.that(
            told[-1][1].status_code >= 500,
            expected="a status from 500 to 599: no query succeeds",
            came=f"status {told[-1][1].status_code}",
            why=TELL_IT if told[-1][1].status_code == 201 else NOT_THEIR_FAULT,
        )
        await no_empty_promise(told, database, expect, "whose queries failed")
        later = Order(1, 2, 20 + number)
        told.append((later, await ordered(client, clock, later)))
        expect.status(told[-1][1], 201, why=AFTER_A_FAILURE)
        await no_empty_promise(told, database, expect, "whose queries had failed before another's")

    # A BEGIN succeeds here. Whether a transfer reads, and when, is its own business, so there is none.
    with database.failing("reads"), expect.may_fail():
        read = await client.get("/accounts/1")
    expect.that(
        read.status_code >= 500,
        expected="a status from 500 to 599 to GET /accounts/1: its query failed",
        came=f"status {read.status_code}",
        why="The account may well be there, and nobody knows: a query that failed has found nothing out.",
    )
    told.append((Order(2, 1, 8), await ordered(client, clock, Order(2, 1, 8))))
    expect.status(told[-1][1], 201, why=AFTER_A_FAILURE)
    await no_empty_promise(told, database, expect, "after a SELECT that failed", stored=LEFT_OPEN)

    await refuse_some(database)
    for step, (amount, _) in REFUSED.items():
        with expect.may_fail():
            told.append((Order(1, 2, amount), await ordered(client, clock, Order(1, 2, amount))))
        expect.that(
            told[-1][1].status_code >= 500,
            expected=f"a status from 500 to 599: a trigger in ./test.db refuses {step}",
            came=f"status {told[-1][1].status_code}",
            why=NOT_THEIR_FAULT,
        )
        whose = f"of which a trigger in ./test.db refuses {step}"
        await no_empty_promise(told, database, expect, whose, why=HALF)
        later = Order(1, 2, 10 + amount)
        told.append((later, await ordered(client, clock, later)))
        expect.status(told[-1][1], 201, why=AFTER_A_FAILURE)
        await no_empty_promise(
            told, database, expect, f"{whose}, before another's", stored=LEFT_OPEN
        )


async def test_transfers_at_once_lose_nothing(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """A dozen transfers at once, to and fro, all get 201, and not a penny is lost or spent twice."""
    accounts = values.ids(3, at_least=10_000)
    await open_accounts(database, dict.fromkeys(accounts, 1_000))
    orders = [Order(*values.sample(accounts, 2), amount=values.number(1, 80)) for _ in range(12)]
    responses = await asyncio.gather(*(ordered(client, clock, order) for order in orders))

    balances = {1: 100, 2: 100, **dict.fromkeys(accounts, 1_000)}
    for response, order in zip(responses, orders, strict=True):
        expect.status(response, 201, why="SQLite lets writers queue: let each wait for its turn.")
        expect.json(response, {"id": id_of(response), **order.body}, why=THE_TRANSFER)
        balances = after(balances, order)
    expect.that(
        await balances_in(database, expect) == balances,
        expected="the balances that twelve transfers with 201 come to",
        came="other balances: money was lost, or spent twice",
        why=IN_ONE_STEP,
    )
    answered = {id_of(each): order for each, order in zip(responses, orders, strict=True)}
    expect.that(
        len(answered) == len(orders),
        expected=f"{len(orders)} transfers at once are answered with as many different ids",
        came=f"different ids: {len(answered)}",
        why=ANOTHER_CAME,
    )
    expect.equal(
        await transfers_in(database, expect),
        answered,
        "the rows of the table transfers by id, after as many 201",
        why=ONE_ROW,
    )

    async with database.held(after_commit=True):
        waiting = [
            asyncio.create_task(ordered(client, clock, Order(2, 1, amount))) for amount in (1, 2, 3)
        ]
        # Until all are done, or look at the database once more.
        await clock.sleep(0.05)
    answers = await asyncio.gather(*waiting)
    stored = await transfers_in(database, expect)
    for response in answers:
        expect.status(response, 201, why=ENOUGH)
        expect.json(
            response,
            {"id": id_of(response), **stored.get(id_of(response), Order(0, 0, 0)).body},
            why=ANOTHER_CAME,
        )

    both = await asyncio.gather(*(ordered(client, clock, Order(2, 1, 60)) for _ in range(2)))
    expect.equal(
        sorted(response.status_code for response in both),
        [201, 409],
        "the statuses of two transfers of 60 from an account that has 100",
        why=IN_ONE_STEP,
    )

    # Whoever reads a balance before his transaction has begun lets others change it meanwhile.
    async with database.held_results():
        waiting = [asyncio.create_task(ordered(client, clock, Order(2, 1, 30)))]
        await clock.sleep(0.05)
        if not waiting[0].done():
            await database.execute_if_free("UPDATE accounts SET balance = 5 WHERE id = 2")
    await asyncio.gather(*waiting)
    left = (await balances_in(database, expect))[2]
    expect.that(
        left >= 0,
        expected="no transfer of 30 from an account on which others have left 5",
        came=f"a balance of {left}",
        why=IN_ONE_STEP,
    )


async def test_a_refusal_takes_no_other_transfer_with_it(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """A transfer that is refused costs no other one, under way at the same moment, any part of it."""
    accounts = values.ids(4, at_least=10_000)
    await open_accounts(database, dict.fromkeys(accounts, 1_000))
    balances = await balances_in(database, expect)
    for body, status in (
        (Order(1, UNKNOWN, 5).body, 404),
        (Order(1, 2, 500).body, 409),
        ({"source": 1, "target": 2, "amount": -1}, 422),
    ):
        orders = [Order(*values.sample(accounts, 2), amount=values.number(1, 99)) for _ in range(3)]
        async with database.held():
            refused = [asyncio.create_task(client.post("/transfers", json=body))]
            await clock.sleep(0.05)
            first = asyncio.create_task(ordered(client, clock, orders[0]))
            await clock.sleep(0.05)
            refused.append(asyncio.create_task(client.post("/transfers", json=body)))
            await clock.sleep(0.05)
        waiting = [first]
        for order in orders[1:]:
            waiting.append(asyncio.create_task(ordered(client, clock, order)))
            refused.append(asyncio.create_task(client.post("/transfers", json=body)))
            await asyncio.sleep(0)
        responses = await asyncio.gather(*waiting)

        for refusal in await asyncio.gather(*refused):
            expect.status(refusal, status)
        for response, order in zip(responses, orders, strict=True):
            expect.status(response, 201, why="It was another transfer that was refused.")
            balances = after(balances, order)
        await clock.sleep(0.05)
        same_balances(
            expect,
            await balances_in(database, expect),
            balances,
            f"the balances after three transfers with 201, beside others with {status}",
            why="A rollback takes back all that its connection has not committed, whoever wrote it: "
            "give each request a transaction that is its own.",
        )


async def test_a_commit_that_fails_takes_no_other_transfer_with_it(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """If one of several at once fails, its client is told so, and the others are stored, whole and once."""
    told: list[tuple[Order, httpx.Response]] = []
    for times, amounts in ((1, (1, 2, 6)), (2, (7, 8, 9, 12))):
        orders = [Order(1, 2, amount) for amount in amounts]
        with database.failing_commits(times=times), expect.may_fail():
            answers = await asyncio.gather(*(ordered(client, clock, order) for order in orders))
        told += zip(orders, answers, strict=True)
        await no_empty_promise(
            told, database, expect, "beside others whose commit failed", why=OTHERS_TOO
        )
        last = Order(1, 2, 10 * times)
        told.append((last, await ordered(client, clock, last)))
        expect.status(told[-1][1], 201, why=AFTER_A_FAILURE)
        await no_empty_promise(
            told, database, expect, "after others whose commit failed", why=OTHERS_TOO
        )

    await refuse_some(database)
    refused = [Order(1, 2, amount) for amount, _ in REFUSED.values()]
    good = [Order(2, 1, amount) for amount in (6, 7, 9)]
    together = list(chain(*zip(refused, good, strict=True)))
    with expect.may_fail():
        answers = await asyncio.gather(*(ordered(client, clock, order) for order in together))
    for order, response in zip(together, answers, strict=True):
        if order in good:
            expect.status(
                response,
                201,
                request="beside transfers of which a trigger refuses a step",
                why=OTHERS_TOO,
            )
    told += zip(together, answers, strict=True)
    whose = "beside others of which a trigger in ./test.db refuses a step"
    await no_empty_promise(told, database, expect, whose, why=OTHERS_TOO)


async def test_nobody_sees_a_transfer_that_comes_to_nothing(
    client: Client, database: Database, clock: Clock, values: Values, expect: Expect
) -> None:
    """`GET /accounts/{id}` shows what is committed: nothing of a transfer that is then refused, or fails."""
    one, other = values.ids(2, at_least=10_000)
    await open_accounts(database, {one: 500, other: 500})
    balances = [500]
    for order, times in (
        (Order(one, UNKNOWN, 70), 0),
        (Order(one, other, 80), ALL),
        (Order(one, UNKNOWN, 500), 0),
    ):
        with database.failing_commits(times=times), expect.may_fail():
            async with database.held():
                failing = asyncio.create_task(ordered(client, clock, order))
                await clock.sleep(0.05)
                reading = [reads(client, number) for number in (one, other, one)]
                await clock.sleep(0.05)
            # Some come in turn, so that one of them is there at every step of the transfer.
            in_turn = [asyncio.create_task(reads_in_turn(client, one)) for _ in range(2)]
            for _ in range(6):
                reading.append(reads(client, one))
                await asyncio.sleep(0)
            seen = [*await asyncio.gather(*reading), *chain(*await asyncio.gather(*in_turn))]
            told = await failing

        for read in seen:
            expect.status(read, 200, why="A reader is not refused because somebody writes.")
        if told.status_code == 201:
            # Who tries a commit again and again gets it through in the end, and has not come to nothing.
            rows = await database.fetch("SELECT DISTINCT balance FROM accounts WHERE id > 2")
            balances = sorted(row["balance"] for row in rows)
            continue
        expect.equal(
            sorted({read.json()["balance"] for read in seen}),
            balances,
            f"the balances that were read beside a transfer which came to nothing, with status {told.status_code}",
            why="Half a transfer was seen: somebody committed it by itself, or read on the very connection that had "
            "it open. What another connection has not committed, nobody can see.",
        )


async def test_other_requests_go_on_during_a_slow_transfer(
    client: Client, database: Database, clock: Clock, expect: Expect
) -> None:
    """While transfers wait for the database, or for a program that reads there, `GET /ping` is answered at once."""
    slow = "while the database is slow for four seconds"
    read_elsewhere = "while another program reads in the database for four seconds"
    for hold, circumstance in (
        (database.held, slow),
        (database.held_commits, slow),
        (database.locked_by_a_reader, read_elsewhere),
    ):
        async with hold():
            waiting = [
                asyncio.create_task(ordered(client, clock, Order(1, 2, 1))) for _ in range(12)
            ]
            await clock.sleep(0.05)
            with expect.seconds(0, "GET /ping"):
                ping = await client.get("/ping")
            reading = reads(client, 1)
            await clock.sleep(4)
            answers = [ping, await client.get("/ping")]
        responses = await asyncio.gather(*waiting)
        read = await reading
        expect.status(
            read,
            200,
            request=f"GET /accounts/1, {circumstance}",
            why="A slow database is no error: wait for it, also to read.",
        )

        for answer in answers:
            expect.status(answer, 200, why="The route /ping was there: leave it as it was.")
            expect.json(answer, {"ping": "pong"}, why="The route /ping was there: leave it.")
        expect.not_blocked(why="Await an async library, or use a worker thread.")
        for response in responses:
            expect.status(
                response,
                201,
                request=f"a dozen transfers at once, {circumstance}",
                why="A slow database is no error, and one that writes keeps the others waiting: wait for it.",
            )


async def test_the_transfers_survive_a_restart(
    serve: Serve, database: Database, clock: Clock, expect: Expect
) -> None:
    """What was moved is moved after a restart, also of the same app; the two accounts are not opened again."""
    balances = {1: 100, 2: 100}
    for amount, same_app in ((30, True), (20, True), (10, False)):
        async with serve(same_app=same_app) as client:
            for number, balance in balances.items():
                read = await client.get(f"/accounts/{number}")
                expect.status(read, 200)
                expect.json(read, {"id": number, "balance": balance}, why=RESTART)
            moved = Order(1, 2, amount)
            told = [(moved, await ordered(client, clock, moved))]
            fails = Order(1, 2, 1)
            with database.failing_commits(times=ALL), expect.may_fail():
                told.append((fails, await ordered(client, clock, fails)))
            later = Order(1, 2, 2)
            told.append((later, await ordered(client, clock, later)))
        for order, response in told:
            if order != fails:
                expect.status(response, 201, why=AFTER_A_START)
            if response.status_code == 201:
                balances = after(balances, order)
        same_balances(
            expect,
            await balances_in(database, expect),
            balances,
            "the balances at the end",
            why=RESTART,
        )
        # Somebody else pays in between.
        await database.execute("UPDATE accounts SET balance = balance + 7 WHERE id = 1")
        balances[1] += 7


async def test_nothing_is_left_open(
    serve: Serve, database: Database, clock: Clock, expect: Expect
) -> None:
    """After shutdown nothing is left open or running, also after transfers that were refused or failed."""
    async with serve() as client:
        response = await ordered(client, clock, Order(1, 2, 30))
        await ordered(client, clock, Order(1, UNKNOWN, 30))
        await ordered(client, clock, Order(1, 2, 300))
        await client.post("/transfers", json={})
        await client.get(f"/accounts/{UNKNOWN}")

    expect.status(response, 201, why=ENOUGH)
    expect.nothing_left(why="Open it with `async with`, or close it in `finally`.")

    async with serve(same_app=True) as client:
        with database.failing_commits(times=ALL), expect.may_fail():
            await ordered(client, clock, Order(1, 2, 30))
        with database.failing(), expect.may_fail():
            await ordered(client, clock, Order(1, 2, 30))
            await client.get("/accounts/1")

    expect.nothing_left(why="Here a commit and a query had failed before the shutdown.")


ENOUGH = "The account has the money, and both are known: the program that is given carries it out."
THE_TRANSFER = "The answer is the transfer, with the `id` of its row."
READ_THE_FILE = (
    "./test.db has the new balance: look there in every request, and answer what stands there."
)
NOT_STORED = (
    "./test.db does not have this balance: a transfer takes the amount from `source`, gives it to `target`, and "
    "is committed."
)
ONE_ROW = "Each 201 has one row in the table transfers, under the id that was answered, and nothing else has one."
ANOTHER_CAME = (
    "Another transfer came in between, so an id that is looked up, before the INSERT or after it, is another's: ask "
    "the INSERT itself."
)
TO_ITSELF = (
    "Both balances were read before one was written, and here they are one: let each UPDATE count from what the row "
    "says."
)
CHANGED_BY_OTHERS = (
    "Somebody else has changed this balance in ./test.db since you read it: ask the file in every request, and keep "
    "no balance."
)
AS_BEFORE = (
    "The program that is given answers so. If yours does too, look at what a refusal has left behind, which this "
    "request has found."
)
OPENED_SINCE = (
    "Others have opened this account since it was asked for: look into the file in every request."
)
ROLL_BACK = (
    "Half a transfer was stored. Whoever refuses it takes back what it has written, and commits nothing: not in a "
    "`finally`, and not where a refusal is returned and so no exception passes. Without a transaction nothing can be "
    "taken back: with `isolation_level=None` there is none before a BEGIN."
)
TOO_EARLY = (
    "The answer left before the commit. Look for what runs after the answer: the lines after a dependency's "
    "`yield`, background tasks, and whatever nobody awaits."
)
ONCE = "A 201 is one transfer, and any other status none: await the commit itself."
NO_WAY_BACK = (
    "The client was told that the transfer has failed, and it was stored: a time-out ends the waiting, and not the "
    "commit. Wait for that, however long it takes."
)
TELL_IT = (
    "The client was promised what is not stored. Let the error of a commit out, and let it out before the "
    "answer leaves."
)
NOT_THEIR_FAULT = "The client has done nothing wrong: a status of 500 and above says so."
TWICE = "What was tried once is still in the transaction: roll it back before you try again."
OTHERS_TOO = (
    "The transfer that failed is told so and is gone; the others, under way beside it, are promised and "
    "stored. A commit and a rollback are about all that their connection has written."
)
STORED_LATER = (
    "The client was told that it failed, and it was stored nevertheless: what could not be committed must be "
    "rolled back, before anybody commits on this connection."
)
HALF = (
    "The client was told that it failed, and a part of it is stored: all of its steps belong to one transaction, "
    "which is committed once, when the last has succeeded."
)
LEFT_OPEN = (
    "The client was told that it failed, and the next commit stored what it had written: whatever error ends a "
    "transfer, roll it back before anybody commits on this connection."
)
AFTER_A_FAILURE = "What failed before is no reason to refuse the next transfer."
IN_ONE_STEP = (
    "Between reading a balance and writing it, somebody else changed it: let one UPDATE compare and "
    "change it, or begin with BEGIN IMMEDIATE."
)
AFTER_A_START = "A transfer is carried out in each life: what is counted goes on where the file stands, the ids too."
RESTART = "A start leaves the balances as they are: create and insert only what is missing."


def after(balances: dict[int, int], order: Order) -> dict[int, int]:
    """The balances when the order has been carried out."""
    changed = dict(balances)
    changed[order.source] -= order.amount
    changed[order.target] += order.amount
    return changed


async def ordered(client: Client, clock: Clock, order: Order) -> httpx.Response:
    """POST an order, and let a moment pass: one spec asks whether all was done before the answer left, and no other."""
    response = await client.post("/transfers", json=order.body)
    await clock.sleep(0.05)
    return response


def same_balances(
    expect: Expect, came: dict[int, int], wanted: dict[int, int], what: str, *, why: str
) -> None:
    """The balances are these. If not, three that differ are shown."""
    differ = [each for each in (*came, *wanted) if came.get(each) != wanted.get(each)]
    shown = differ[:3] or [*came]
    expect.equal(
        {number: balance for number, balance in came.items() if number in shown},
        {number: balance for number, balance in wanted.items() if number in shown},
        what,
        why=why,
    )


def reads(client: Client, number: int) -> asyncio.Task[httpx.Response]:
    return asyncio.create_task(client.get(f"/accounts/{number}"))


async def reads_in_turn(client: Client, number: int) -> list[httpx.Response]:
    return [await client.get(f"/accounts/{number}") for _ in range(4)]


async def open_accounts(database: Database, balances: dict[int, int]) -> None:
    pairs = ", ".join("(?, ?)" for _ in balances)
    flat = (each for pair in balances.items() for each in pair)
    await database.execute(f"INSERT INTO accounts (id, balance) VALUES {pairs}", *flat)


async def refuse_some(database: Database) -> None:
    """Let triggers in the file refuse the steps of `REFUSED`."""
    for amount, which in REFUSED.values():
        await database.execute(
            f"CREATE TRIGGER refuses_{amount} BEFORE {which} = {amount} BEGIN SELECT RAISE(ABORT, 'not today'); END"
        )


async def balances_in(database: Database, expect: Expect) -> dict[int, int]:
    """The balances by account, as another connection reads them."""
    rows = await rows_of("accounts", database, expect)
    return {row["id"]: row["balance"] for row in rows}


async def transfers_in(database: Database, expect: Expect) -> dict[object, Order]:
    rows = await rows_of("transfers", database, expect)
    return {row["id"]: Order(row["source"], row["target"], row["amount"]) for row in rows}


async def rows_of(table: str, database: Database, expect: Expect) -> list[dict[str, Any]]:
    expect.that(
        await database.fetch(f"SELECT name FROM pragma_table_info('{table}')"),
        expected=f"the table {table} in ./test.db",
        came="there is no such table",
        why="The program that is given creates both tables at startup, in ./test.db: keep it.",
    )
    return await database.fetch(f"SELECT * FROM {table} ORDER BY id")


async def no_empty_promise(
    told: list[tuple[Order, httpx.Response]],
    database: Database,
    expect: Expect,
    whose: str,
    *,
    why: str = "",
    stored: str = STORED_LATER,
) -> None:
    """Each of the orders has the one row that its 201 promises, or none; and the balances say the same.

    `stored` is said of what is stored and was not promised, `why` of whatever is wrong.
    """
    balances = {1: 100, 2: 100}
    found = list((await transfers_in(database, expect)).values())
    for order, response in told:
        status = response.status_code
        expect.that(
            status == 201 or status >= 500,
            expected="a status from 500 to 599, or 201 if another try succeeded",
            came=f"status {status}",
            why=NOT_THEIR_FAULT,
        )
        rows = found.count(order)
        promised = int(status == 201)
        found_rows = {0: "no row", 1: "a row"}.get(rows, f"{rows} rows")
        expect.that(
            rows == promised,
            expected=f"a transfer {whose} is told by what is stored: 201 and one row, or 500 to 599 and none",
            came=f"the status {status}, and {found_rows} in the table transfers",
            why=why or (TELL_IT if rows < promised else TWICE if promised else stored),
        )
        if promised:
            balances = after(balances, order)
    same_balances(
        expect,
        await balances_in(database, expect),
        balances,
        f"the balances, as the answers promise them (a transfer {whose})",
        why=why or stored,
    )


def id_of(response: Response) -> object:
    """The id in the answer, or words that no answer equals."""
    body: dict[str, Any] = response.json() if response.text.startswith("{") else {}
    number = body.get("id")
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    return number if is_whole else "a whole number"
