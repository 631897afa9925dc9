"""One test in `asyncio.run`: two lives of the app in one loop, and nine requests side by side."""

import asyncio

import httpx
import respx
from asgi_lifespan import LifespanManager
from httpx import ConnectError, ConnectTimeout, Response
from main import app

BAD = {404: "No such tea", 502: "No price today"}


async def life():
    loop, queue, asked = asyncio.get_running_loop(), {}, []

    def reply(request):
        asked.append(kind := request.url.path.split("/")[-1])
        if isinstance(what := queue[kind].pop(0), type):
            raise what("gone")
        return Response(what) if what >= 400 else Response(200, json={"price": what})

    async def check(kind, want, delay=0.0):
        await asyncio.sleep(delay)
        start = loop.time()
        answer = await client.get(f"/tea/{kind}")
        if want in BAD:
            assert (answer.status_code, answer.json()) == (want, {"detail": BAD[want]})
        else:
            assert (answer.status_code, answer.json()) == (200, {"tea": kind, "price": want})
            assert 1.95 < loop.time() - start < 2.5
        assert not app.state.client.is_closed

    with respx.mock:
        respx.get(url__startswith="https://prices.example/teas/").mock(side_effect=reply)
        async with (
            LifespanManager(app) as manager,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(manager.app), base_url="http://t"
            ) as client,
        ):
            assert not app.state.client.is_closed
            for n, (what, want) in enumerate(
                [
                    (3, 3),
                    (404, 404),
                    (0, 0),
                    (500, 502),
                    (7, 7),
                    (ConnectError, 502),
                    (5, 5),
                    (ConnectTimeout, 502),
                ],
                1,
            ):
                queue["green"] = [what]
                await check("green", want)
                assert len(asked) == n
            queue |= {"green": [1, 2, ConnectError, 4], "mint": [5, 404], "oolong": [8]}
            async with asyncio.TaskGroup() as group:
                for delay, (kind, want) in enumerate(
                    [
                        ("green", 1),
                        ("green", 2),
                        ("green", 502),
                        ("green", 4),
                        ("mint", 5),
                        ("mint", 404),
                    ]
                ):
                    group.create_task(check(kind, want, delay / 5))
                group.create_task(check("oolong", 8))
            assert len(asked) == 15
            queue["green"] = [1, 2, 3]
            start = loop.time()
            answers = await asyncio.gather(*(client.get("/tea/green") for _ in range(3)))
            assert 1.95 < loop.time() - start < 2.5
            assert {answer.json()["price"] for answer in answers} == {1, 2, 3}
            assert len(asked) == 18
        assert app.state.client.is_closed


def test_two_lives():
    async def both():
        await life()
        await life()

    asyncio.run(both())
