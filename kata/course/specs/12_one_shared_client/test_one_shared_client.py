"""What the shop window is held to: it works, its visitors share connections, and nothing else."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Sequence
from http.cookies import SimpleCookie
from typing import Any

import httpx

from kata.spec.documents import in_words
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

SHOP = "https://shop.example"
BASKET = f"{SHOP}/basket"
NO_PRODUCT = {"detail": "No such product"}
NO_PICTURE = {"detail": "No picture"}
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/svg+xml")

IDLE = 12
"""Seconds without a request: more than those after which connections are closed."""

IDLE_CONNECTIONS = 3
"""So many may wait for their next use: one for each route."""

STATUS = "The contract has not changed: what the shop answers with 200, the window does too."
ONCE = "Each request asks the shop once, and passes on what came now."
NOT_AGAIN = "Each request asks the shop once, also when it fails: that is its answer."
EMPTY = (
    "The shop answers 200 with JSON, and that is the product, also if Python takes it for false."
)
UNCHANGED = "Pass on what the shop sent, unchanged."
PARAMETERS = "The parameters belong to a content type: by its charset a browser reads the bytes."
STILL_PACKED = (
    "The shop sent it packed with gzip, and no header of your answer says so: pass on what httpx has unpacked, "
    "such as `aiter_bytes()` gives, not the raw bytes."
)
SHARED = (
    "To connect takes time, and each time anew. A client that lives as long as the server keeps connections for the "
    "next request, whoever that is for: let all requests use one."
)
KEPT_FOR_NONE = (
    "One client opened them all, and to connect takes time, each time anew. It keeps a connection for the next request "
    "if each response is read to its end, and no header and no limit, such as `keepalive_expiry=0`, forbids it."
)
STILL_OPEN = (
    "A response that is neither read to its end nor closed keeps its connection. Each answer of the shop "
    "has to be read or closed, whatever its status."
)
GATE = "They stood in a queue: no lock, no narrow pool and no blocking call may stand between them."
OF_ANOTHER = (
    "A client keeps the cookies of all responses, and those that you put into its jar, and sends them along with the "
    "next request, whoever that is for. What belongs to one visitor must not stay on what all share."
)
FOR_A_BASKET_ONLY = (
    "A session is for a basket, and no product and no picture is asked for with it. What is set on a client goes along "
    "with each of its calls."
)
OF_A_DOMAIN = (
    "The client has kept a cookie that the shop sets with Domain=shop.example: a jar files it under .shop.example, "
    "and not under shop.example. Let the jar take nothing in at all."
)
OWN_COOKIE = (
    "The shop knows a visitor by the session in his cookie: send his own along, and no other."
)
NEW_COOKIE = (
    "What the shop sets for a visitor is handed on to him, as his cookie `session`, by the response that "
    "you return."
)
NONE_SET = "The shop has set no cookie with this basket, so the visitor gets none."
WITH_A_BASKET_ONLY = (
    "Only a basket brings the visitor a cookie: what the shop sets elsewhere is for itself."
)
NO_BASKET_NO_SESSION = (
    "The shop has set a session with something that is no basket: it becomes nobody's cookie."
)
NOT_YOUR_DOMAIN = (
    "The line says that the cookie is for the shop's domain, and a browser takes no such cookie from you: set a "
    "cookie of your own that has the shop's value."
)
OTHER_COOKIES = (
    "The visitor gets the cookie `session` only: what else the shop sets is not for him."
)


async def test_the_shop_window_works(client: Client, expect: Expect, upstream: Upstream) -> None:
    """A product, its picture and a basket come from the shop."""
    upstream.get(f"{SHOP}/products/7").respond(json={"name": "Tea", "price": 4.5})
    upstream.get(f"{SHOP}/products/7/picture").respond(
        content=b"a picture of tea", headers={"content-type": "image/png"}
    )
    upstream.get(BASKET).respond(json={"items": [7]})

    product = await client.get("/products/7")
    expect.status(product, 200, why=STATUS)
    expect.json(product, {"name": "Tea", "price": 4.5}, why=UNCHANGED)

    picture = await client.get("/products/7/picture")
    expect_picture(picture, b"a picture of tea", "image/png", expect)

    basket = await client.get("/basket", headers={"cookie": "session=anna"})
    expect.status(basket, 200, why=STATUS)
    expect.json(basket, {"items": [7]}, why=UNCHANGED)


async def test_a_product_is_what_the_shop_says_now(
    client: Client, expect: Expect, upstream: Upstream, values: Values, clock: Clock
) -> None:
    """A product is what the shop says now, or 404 if it says no."""
    number = product_number(values)
    route = upstream.get(f"{SHOP}/products/{number}")
    answers: list[tuple[int, Any]] = [
        (200, {"name": "Tea", "price": 4.5}),
        (404, NO_PRODUCT),
        (200, {"name": "Tea", "price": 5}),
        (200, {}),
        *((200, document) for document in values.documents(3)),
        (503, NO_PRODUCT),
        (404, NO_PRODUCT),
        (200, [number]),
    ]
    for place, (status, answer) in enumerate(answers):
        route.respond(
            status,
            headers={"content-type": "application/json"},
            content=values.json_bytes(answer),
        )
        response = await client.get(f"/products/{number}")
        now = f"now the shop answers {status} with {in_words(answer)}"
        request = f"number {place + 1} of {len(answers)} for one product: {now}"
        why = EMPTY if status == 200 and not answer else ONCE
        if status >= 400 and response.status_code != 200:
            why = f"Any error status of the shop means that there is no such product: here it is {status}."
        expect.status(response, 200 if status == 200 else 404, request=request, why=why)
        expect.json(response, answer, request=request, why=ONCE)
        if place == 2:
            await clock.sleep(IDLE)
    await asyncio.gather(*(client.get(f"/products/{number}") for _ in range(3)))
    expect.equal(
        route.call_count, len(answers) + 3, "the calls, the last three of them at once", why=ONCE
    )


async def test_a_picture_is_what_the_shop_has_now(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """A picture comes with its bytes and its content type. Where the shop has none, it is 404."""
    number = product_number(values)
    path = f"/products/{number}/picture"
    bodies = [b"\x89PNG 1", b"<svg/>", bytes(range(256)), b"", values.bytes_no_text()]
    for body in bodies:
        kind = values.choice(PICTURES)
        upstream.get(f"{SHOP}{path}").respond(content=body, headers={"content-type": kind})
        expect_picture(await client.get(path), body, kind, expect)
    for status in (404, 403, 500, 503, values.status()):
        upstream.get(f"{SHOP}{path}").respond(content=b"now", headers={"content-type": "image/png"})
        expect_picture(await client.get(path), b"now", "image/png", expect)
        route = upstream.get(f"{SHOP}{path}")
        route.respond(status, json={"error": "none"})
        before = route.call_count
        response = await client.get(path)
        said = f"The shop answered with {status}: then there is no picture."
        expect.status(response, 404, why=said)
        expect.json(response, NO_PICTURE, why=said)
        calls = route.call_count - before
        expect.equal(calls, 1, f"calls, when the shop answers {status}", why=NOT_AGAIN)
    charset = values.choice(("utf-16", "utf-8", "iso-8859-1"))
    drawing, kind = "<svg/>".encode(charset), f"image/svg+xml; charset={charset}"
    upstream.get(f"{SHOP}{path}").respond(content=drawing, headers={"content-type": kind})
    expect_picture(await client.get(path), drawing, kind, expect)
    kind = values.choice(PICTURES)
    upstream.get(f"{SHOP}{path}", drip=(0.25, 3)).respond(
        content=b"in three pieces", headers={"content-type": kind}
    )
    expect_picture(await client.get(path), b"in three pieces", kind, expect)


async def test_a_visitor_is_known_by_his_own_session(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """The visitor's session goes to the shop, and a session that the shop sets goes to the visitor."""
    route = upstream.get(BASKET)
    session = values.token()
    for place in range(3):
        route.respond(json={"items": [place]})
        response = await client.get("/basket", headers={"cookie": f"theme=dark; session={session}"})
        expect.json(response, {"items": [place]}, why=ONCE)
        expect.equal(
            sent_cookies(route.calls.last.request),
            {"session": session},
            "the cookies that went to the shop",
            why=OWN_COOKIE,
        )
        expect.equal(set_cookies(response), {}, "the cookies that the visitor got", why=NONE_SET)

    route = upstream.get(BASKET)
    route.mock(return_value=httpx.Response(200, json={"items": []}, headers=ITS_OWN))
    response = await client.get("/basket", headers={"cookie": f"session={session}"})
    what = "the cookies that the visitor got, where the shop sets only some for itself"
    expect.equal(set_cookies(response), {}, what, why=OTHER_COOKIES)

    for new, more in (
        (values.token(), ""),
        (values.token(), "; Domain=shop.example; HttpOnly"),
        (f"{values.token()}==", ""),
    ):
        upstream.get(BASKET).mock(side_effect=setting(new, more))
        response = await client.get("/basket", headers={"cookie": f"session={session}"})
        expect.equal(
            set_cookies(response).get("session"),
            new,
            "the cookie `session` for a visitor who had one, and for whom the shop sets another",
            why=NEW_COOKIE,
        )
        expect.equal(
            domains_of_cookies(response),
            [],
            "the domains that the visitor's cookie names",
            why=NOT_YOUR_DOMAIN,
        )
        expect.equal(
            sorted(set_cookies(response)),
            ["session"],
            "the names of the cookies that the visitor got",
            why=OTHER_COOKIES,
        )

    shop = Shop(upstream)
    upstream.get(f"{SHOP}/products/7").mock(side_effect=shop.product)
    upstream.get(f"{SHOP}/products/7/picture").mock(side_effect=shop.picture)
    for path in ("/products/7", "/products/7/picture"):
        response = await client.get(path, headers={"cookie": f"session={session}"})
        what = f"the cookies that the visitor got with GET {path}"
        expect.equal(set_cookies(response), {}, what, why=WITH_A_BASKET_ONLY)
    for path in ("/products/7", "/products/7/picture"):
        upstream.get(f"{SHOP}{path}").mock(side_effect=setting(values.token()))
        response = await client.get(path, headers={"cookie": f"session={session}"})
        what = f"the cookies that the visitor got with GET {path}, where the shop sets a session"
        expect.equal(set_cookies(response), {}, what, why=NO_BASKET_NO_SESSION)


async def test_no_visitor_gets_the_session_of_another(
    client: Client, expect: Expect, upstream: Upstream, values: Values, clock: Clock
) -> None:
    """With each basket goes the session of its own visitor, or none if he has none yet, and nowhere else does one."""
    anna, ben = values.token(), values.token()
    shop = Shop(upstream)
    upstream.get(f"{SHOP}/products/7").mock(side_effect=shop.product)
    upstream.get(f"{SHOP}/products/7/picture").mock(side_effect=shop.picture)

    first = await client.get("/basket")
    shop.knows(expect, [None], "the first visitor, who is new")
    expect.that(
        set_cookies(first).get("session") == "new-1",
        expected="the first visitor gets the session new-1",
        came=f"the cookies {set_cookies(first)}",
        why=NEW_COOKIE,
    )
    await client.get("/basket")
    shop.knows(expect, [None], "a new visitor, after another one")
    await client.get("/basket", headers={"cookie": f"session={anna}"})
    shop.knows(expect, [anna], "a visitor with a session, after a new one")
    await client.get("/basket")
    shop.knows(expect, [None], "a new visitor, after one with a session")
    await client.get("/basket", headers={"cookie": f"session={ben}"})
    shop.knows(expect, [ben], "a visitor with another session")
    for session in (ben, anna):
        await client.get("/products/7", headers={"cookie": f"session={session}"})
        await client.get("/products/7/picture", headers={"cookie": f"session={session}"})
    who = "products and pictures, for visitors who have a session"
    shop.knows(expect, [None] * 4, who, had=[ben, anna])
    await clock.sleep(IDLE)
    await client.get("/basket")
    shop.knows(expect, [None], "a new visitor, after 12 idle seconds")

    # Anna's basket has a head, which sets a cookie, and a body that comes later. Others come between.
    upstream.get(BASKET, pause=1).mock(side_effect=shop.basket)
    at_once = [client.get("/basket", headers={"cookie": f"session={anna}"}), client.get("/basket")]

    async def comes(after: float, session: str | None) -> None:
        await asyncio.sleep(after)
        await client.get("/basket", headers={"cookie": f"session={session}"} if session else {})

    await asyncio.gather(*at_once, comes(0.5, None), comes(0.75, ben), comes(1.5, None))
    shop.knows(
        expect,
        [anna, None, None, ben, None],
        "five visitors whose requests overlap: anna's, a new one, and after 0.5, 0.75 and 1.5 s a new one, "
        "ben and a new one",
    )


async def test_requests_share_their_connections(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """Ten requests of one kind, one after the other, need one connection to the shop."""
    Shop(upstream)
    numbers = product_numbers(values, 10)
    for number in numbers:
        upstream.get(f"{SHOP}/products/{number}").respond(json={"number": number})
        upstream.get(f"{SHOP}/products/{number}/picture").respond(
            content=b"picture", headers={"content-type": "image/png"}
        )
    visitors = [{"cookie": f"session={values.token()}"} for _ in range(9)]
    await ten_share(
        "GET /basket", [("/basket", each) for each in (NOBODY, *visitors)], client, expect, upstream
    )
    products = [(f"/products/{number}", NOBODY) for number in numbers]
    await ten_share("GET /products/…", products, client, expect, upstream)
    pictures = [(f"{path}/picture", NOBODY) for path, _ in products]
    await ten_share("GET /products/…/picture", pictures, client, expect, upstream)

    # Who passes on the bytes of a stream unpacks them, or says that they are packed.
    drawing = b"<svg>a teapot</svg>" * 20
    packed = gzip.compress(drawing, mtime=0)
    upstream.get(f"{SHOP}/products/7/picture").respond(
        content=[packed],
        headers={
            "content-type": "image/svg+xml",
            "content-encoding": "gzip",
            "content-length": str(len(packed)),
        },
    )
    response = await client.get("/products/7/picture")
    expect.status(response, 200, why=STATUS)
    expect.equal(response.content, drawing, "what a browser is given to draw", why=STILL_PACKED)


async def test_what_fails_leaves_nothing_open(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """A picture or a product that is not there costs no connection, however often it is asked for."""
    product, path = f"{SHOP}/products/7", "/products/7/picture"
    picture = upstream.get(f"{SHOP}{path}")
    for status in (404, 500, 503, values.status(), 300, 304):
        for place in range(5):
            picture.respond(
                status,
                content=b"none " * (1 + 20_000 * (place % 2)),
                headers={"content-type": "text/plain"},
            )
            with expect.may_fail():
                await client.get(path)
        nothing_open(f"five pictures that the shop answered with {status}", expect, upstream)
    upstream.get(product).respond(404, json={"error": "none"})
    for _ in range(5):
        await client.get("/products/7")
    nothing_open("five products that are not there", expect, upstream)

    picture.respond(404, content=b"none")
    await asyncio.gather(*(client.get(path) for _ in range(20)))
    picture.respond(content=b"tea", headers={"content-type": "image/png"})
    for _ in range(10):
        expect_picture(await client.get(path), b"tea", "image/png", expect)
    expect.equal(upstream.in_flight, 0, "calls that are still in flight", why=STILL_OPEN)


async def test_twenty_wait_together_for_a_slow_shop(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the shop takes three seconds, twenty requests at once are answered after three seconds."""
    numbers = product_numbers(values, 20)
    for number in numbers:
        upstream.get(f"{SHOP}/products/{number}", takes=3).respond(json={"number": number})
        upstream.get(f"{SHOP}/products/{number}/picture", takes=3).respond(
            content=str(number).encode(), headers={"content-type": "image/png"}
        )
    upstream.get(BASKET, takes=3).mock(side_effect=told_back)
    with expect.seconds(
        3, "serving twenty GET /products/… at once from a slow shop", why=GATE, too_soon=ONCE
    ):
        products = await asyncio.gather(*(client.get(f"/products/{each}") for each in numbers))
    for number, response in zip(numbers, products, strict=True):
        expect.json(response, {"number": number}, why=OWN)

    with expect.seconds(3, "serving twenty pictures at once", why=GATE, too_soon=ONCE):
        pictures = await asyncio.gather(
            *(client.get(f"/products/{each}/picture") for each in numbers)
        )
    for number, response in zip(numbers, pictures, strict=True):
        expect_picture(response, str(number).encode(), "image/png", expect)
    visitor = {"cookie": f"session={values.token()}"}
    with expect.seconds(
        3, "serving twenty baskets at once, ten of them to one visitor,", why=GATE, too_soon=ONCE
    ):
        await asyncio.gather(
            *(client.get("/basket", headers=visitor if each % 2 else {}) for each in range(20))
        )

    sessions = [values.token() for _ in range(8)]
    asked: list[Awaitable[httpx.Response]] = [
        *(client.get(f"/products/{each}/picture") for each in numbers[:6]),
        *(client.get("/basket", headers={"cookie": f"session={each}"}) for each in sessions),
        *(client.get(f"/products/{each}") for each in numbers[:6]),
    ]
    with expect.seconds(3, "serving twenty requests of all kinds at once", why=GATE, too_soon=ONCE):
        responses = await asyncio.gather(*asked)
    for number, response in zip(numbers[:6], responses[:6], strict=True):
        expect_picture(response, str(number).encode(), "image/png", expect)
    for session, response in zip(sessions, responses[6:14], strict=True):
        expect.json(response, {"session": session}, why=OWN)
    for number, response in zip(numbers[:6], responses[14:], strict=True):
        expect.json(response, {"number": number}, why=OWN)
    expect.not_blocked()


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, upstream: Upstream
) -> None:
    """When the server has stopped, nothing is left: no connection, no task, no thread that keeps the process alive."""
    Shop(upstream)
    upstream.get(f"{SHOP}/products/7").respond(json={"name": "Tea"})
    upstream.get(f"{SHOP}/products/8").respond(404)
    upstream.get(f"{SHOP}/products/7/picture").respond(
        content=b"tea", headers={"content-type": "image/png"}
    )
    upstream.get(f"{SHOP}/products/8/picture").respond(404, content=b"none")
    upstream.breaks(f"{SHOP}/products/9")
    for _ in range(2):
        async with serve() as client:
            responses = await asyncio.gather(
                client.get("/products/7"),
                client.get("/products/8"),
                client.get("/products/7/picture"),
                client.get("/products/8/picture"),
                client.get("/basket"),
            )
            with expect.may_fail():
                await client.get("/products/9")
            await client.get("/basket")
        expect.equal(
            [response.status_code for response in responses],
            [200, 404, 200, 404, 200],
            "the statuses of five requests of one life of the server",
            why="Each life of the server opens its own client.",
        )
        expect.nothing_left(why="What the startup opens, the shutdown closes.")


OWN = "Each request gets what it asked for: what belongs to one request stays in its own variables."


def product_numbers(values: Values, count: int) -> list[str]:
    """So many numbers as products have them: letters, digits and dashes, no two alike."""
    kinds = ("tea-{}", "0{}", "{}", "{}-b", "TEA-{}")
    ids = values.ids(count, at_most=10**6)
    return [kinds[place % len(kinds)].format(each) for place, each in enumerate(ids)]


def product_number(values: Values) -> str:
    return product_numbers(values, 1)[0]


OWN_COOKIES = (
    "shop_lb=node-3; Path=/",
    "shop_lang=en; Path=/; Domain=shop.example",
    "shop_seen=1; Max-Age=86400; Secure; HttpOnly",
)
"""What the shop sets for itself, in each of the ways that a jar files under something else."""

ITS_OWN = [("set-cookie", each) for each in OWN_COOKIES]
"""The headers that set them."""

NOBODY: dict[str, str] = {}
"""The headers of a visitor without a session."""


class Shop:
    """A shop that gives each new visitor a session, and remembers by which session it was asked."""

    def __init__(self, upstream: Upstream) -> None:
        self._asked_by: list[str] = []
        self._new = 0
        upstream.get(BASKET).mock(side_effect=self.basket)

    def basket(self, request: httpx.Request) -> httpx.Response:
        session = self._remember(request)
        if session is None:
            self._new += 1
            session = f"new-{self._new}"
        return setting(session)(request)

    def product(self, request: httpx.Request) -> httpx.Response:
        self._remember(request)
        headers = [("content-type", "application/json"), *ITS_OWN]
        return httpx.Response(200, content=b'{"name": "Tea"}', headers=headers)

    def picture(self, request: httpx.Request) -> httpx.Response:
        self._remember(request)
        headers = [("content-type", "image/png"), *ITS_OWN]
        return httpx.Response(200, content=b"tea", headers=headers)

    def knows(
        self,
        expect: Expect,
        sessions: Sequence[str | None],
        who: str,
        *,
        had: Sequence[str] = (),
    ) -> None:
        """Since it was asked last, it has been asked by these sessions and no others.

        `had` are the sessions of those who came, where they are to be kept back.
        """
        came, self._asked_by = [each or "none" for each in self._asked_by], []
        wanted = [f"session={each}" if each else "none" for each in sessions]
        # Which of several requests comes first is up to the machine.
        expect.equal(
            sorted(came),
            sorted(wanted),
            f"the cookies that the shop got from {who}" + ", in no order" * (len(wanted) > 1),
            why=_about_cookies(came, wanted, had),
        )

    def _remember(self, request: httpx.Request) -> str | None:
        cookies = sent_cookies(request)
        self._asked_by.append("; ".join(f"{name}={value}" for name, value in cookies.items()))
        return cookies.get("session")


def _about_cookies(came: Sequence[str], wanted: Sequence[str], had: Sequence[str]) -> str:
    if "shop_lang=en" in came and set(came) <= {"shop_lang=en", *wanted}:
        return OF_A_DOMAIN
    if had and set(came) <= {*wanted, *(f"session={each}" for each in had)}:
        return FOR_A_BASKET_ONLY
    return OF_ANOTHER


def setting(session: str, more: str = "") -> Callable[[httpx.Request], httpx.Response]:
    """An answer of the shop that sets this session, with more attributes, and cookies of its own."""
    first, *others = ITS_OWN
    headers = [first, ("set-cookie", f"session={session}; Path=/{more}"), *others]
    return lambda request: httpx.Response(200, json={"items": []}, headers=headers)


def told_back(request: httpx.Request) -> httpx.Response:
    """The basket of a shop that tells by which cookies it was asked."""
    return httpx.Response(200, json=sent_cookies(request))


def sent_cookies(request: httpx.Request) -> dict[str, str]:
    return {name: each.value for name, each in SimpleCookie(request.headers.get("cookie")).items()}


def set_cookies(response: httpx.Response) -> dict[str, str]:
    return {name: each.value for name, each in _cookies_set_by(response).items()}


def domains_of_cookies(response: httpx.Response) -> list[str]:
    """The domains that the cookies of a response name. A cookie that names none is for the server that sets it."""
    named = (each["domain"] for each in _cookies_set_by(response).values())
    return [each for each in named if each]


def _cookies_set_by(response: httpx.Response) -> SimpleCookie:
    found: SimpleCookie = SimpleCookie()
    for line in response.headers.get_list("set-cookie"):
        found.load(line)
    return found


def expect_picture(response: httpx.Response, body: bytes, kind: str, expect: Expect) -> None:
    expect.status(response, 200, why=STATUS)
    expect.equal(response.content, body, "the bytes of the picture", why=UNCHANGED)
    came = response.headers.get("content-type", "")
    expect.equal(
        came.partition(";")[0],
        kind.partition(";")[0],
        "the content type of the picture",
        why=UNCHANGED,
    )
    if ";" in kind:
        came, kind = (each.replace(" ", "").lower() for each in (came, kind))
        expect.equal(came, kind, "the whole content type of the picture", why=PARAMETERS)


async def ten_share(
    what: str,
    asked: Sequence[tuple[str, dict[str, str]]],
    client: Client,
    expect: Expect,
    upstream: Upstream,
) -> None:
    before = upstream.connections
    for path, headers in asked:
        expect.status(await client.get(path, headers=headers), 200, why=STATUS)
        # No two come at one moment: a connection that is kept for no time at all is gone by then.
        await asyncio.sleep(0.05)
    opened = upstream.connection_log[before:]
    expect.that(
        len(opened) <= 1,
        expected=f"ten {what}, one after the other, open one connection to the shop at most",
        came=f"they opened {len(opened)}",
        why=KEPT_FOR_NONE if len({each["pool"] for each in opened} - {None}) == 1 else SHARED,
    )


def nothing_open(after: str, expect: Expect, upstream: Upstream) -> None:
    still = upstream.open_connections
    expect.that(
        still <= IDLE_CONNECTIONS and not upstream.in_flight,
        expected=f"after {after}, at most {IDLE_CONNECTIONS} connections are open: one for each route",
        came=f"{still} are open",
        why=STILL_OPEN,
    )
