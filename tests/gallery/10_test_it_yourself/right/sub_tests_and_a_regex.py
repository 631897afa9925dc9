"""unittest with a `subTest` for each case, and routes of respx that are known by a regular expression."""

# ruff: noqa: PT009

import asyncio
import time
import unittest

import httpx
import respx
from asgi_lifespan import LifespanManager
from main import app

TROUBLE = (
    (httpx.Response(404), 404, "No such tea"),
    (httpx.Response(500), 502, "No price today"),
    (httpx.ConnectError("away"), 502, "No price today"),
)


class TeaHouse(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        await self.enterAsyncContext(LifespanManager(app))
        router = self.enterContext(respx.mock())
        self.prices = router.get(url__regex=r"/teas/\w+")
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = await self.enterAsyncContext(
            httpx.AsyncClient(transport=transport, base_url="http://test")
        )

    async def test_each_price_in_its_time(self) -> None:
        for calls, price in enumerate((3, 4), start=1):
            with self.subTest(price=price):
                self.prices.respond(json={"price": price})
                start = time.perf_counter()
                response = await self.client.get("/tea/green")
                self.assertTrue(1.9 < time.perf_counter() - start < 3)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.json(), {"tea": "green", "price": price})
                self.assertEqual(self.prices.call_count, calls)

    async def test_trouble(self) -> None:
        self.prices.respond(json={"price": 3})
        await self.client.get("/tea/green")
        for calls, (answer, status, detail) in enumerate(TROUBLE, start=2):
            with self.subTest(status=status, detail=detail):
                self.prices.mock(side_effect=[answer])
                response = await self.client.get("/tea/green")
                self.assertEqual(
                    (response.status_code, response.json()), (status, {"detail": detail})
                )
                self.assertEqual(self.prices.call_count, calls)

    async def test_together(self) -> None:
        answers = [httpx.Response(200, json={"price": price}) for price in (3, 4, 5)]
        self.prices.mock(side_effect=answers)
        start = time.perf_counter()
        teas = await asyncio.gather(*(self.client.get("/tea/green") for _ in range(3)))
        self.assertLess(time.perf_counter() - start, 3)
        self.assertEqual({tea.json()["price"] for tea in teas}, {3, 4, 5})


class Lives(unittest.TestCase):
    def test_two(self) -> None:
        async def live() -> None:
            async with LifespanManager(app):
                client = app.state.client
                self.assertFalse(client.is_closed)
            self.assertTrue(client.is_closed)

        for number in range(2):
            with self.subTest(life=number):
                asyncio.run(live())
