"""A unittest.IsolatedAsyncioTestCase, with the app's client replaced in app.state while a test runs."""

# ruff: noqa: PT009

import asyncio
import time
import unittest
from unittest import mock

import httpx
from asgi_lifespan import LifespanManager
from main import app


class TeaHouse(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        await self.enterAsyncContext(LifespanManager(app))
        self.own_client = app.state.client
        self.answers = mock.Mock(side_effect=lambda request: httpx.Response(200, json={"price": 9}))
        app.state.client = httpx.AsyncClient(transport=httpx.MockTransport(self.answers))
        self.client = await self.enterAsyncContext(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house")
        )

    async def asyncTearDown(self) -> None:
        await app.state.client.aclose()
        app.state.client = self.own_client

    async def test_tea(self) -> None:
        start = time.perf_counter()
        response = await self.client.get("/tea/oolong")
        self.assertAlmostEqual(time.perf_counter() - start, 2, delta=0.3)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {"tea": "oolong", "price": 9})
        self.answers.assert_called_once()

    async def test_every_request_asks(self) -> None:
        for price in (9, 8):
            self.answers.side_effect = [httpx.Response(200, json={"price": price})]
            response = await self.client.get("/tea/oolong")
            self.assertEqual(response.json()["price"], price)
        self.assertEqual(self.answers.call_count, 2)

    async def test_side_by_side(self) -> None:
        prices = [httpx.Response(200, json={"price": price}) for price in range(5)]
        self.answers.side_effect = prices
        async with asyncio.timeout(3):
            tasks = [asyncio.create_task(self.client.get("/tea/oolong")) for _ in range(5)]
            done, _ = await asyncio.wait(tasks)
        self.assertEqual({task.result().json()["price"] for task in done}, set(range(5)))

    async def test_errors(self) -> None:
        for theirs, ours in ((404, 404), (400, 502), (500, 502)):
            with self.subTest(status=theirs):
                self.answers.side_effect = [httpx.Response(theirs)]
                self.assertEqual((await self.client.get("/tea/oolong")).status_code, ours)

    async def test_away(self) -> None:
        self.assertEqual((await self.client.get("/tea/oolong")).status_code, 200)
        self.answers.side_effect = httpx.ConnectError("away")
        self.assertEqual((await self.client.get("/tea/oolong")).status_code, 502)
        self.assertEqual(self.answers.call_count, 2)


class Lives(unittest.TestCase):
    def test_each_life_has_a_client_of_its_own(self) -> None:
        async def live() -> httpx.AsyncClient:
            async with LifespanManager(app):
                self.assertFalse(app.state.client.is_closed)
            return app.state.client

        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            for _ in range(2):
                self.assertTrue(runner.run(live()).is_closed)
