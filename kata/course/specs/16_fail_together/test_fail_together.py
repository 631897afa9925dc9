"""What a booking that fails as a whole, and a look at offers that answers in part, are held to."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from kata.spec.documents import whole_when_cut
from kata.spec.types import Client, Clock, Expect, Serve, Upstream, Values

PARTNERS = ("flight", "hotel", "car")
STEPS = ("offer", "booking")
NO_OFFERS = {"detail": "no offers"}

ONCE_ONLY = "A call that has failed is not made again, and least of all a booking."

STATUS = "All three partners have an offer: book with each, and answer 201, as the stub's decorator says."
READ = "This request is a good one, so the status is 200."
TOGETHER = "One partner waits for another: start all three before you wait for one."
TOO_SOON = "A booking has two calls, and the second needs what the first brought: wait for both."
SIBLINGS = (
    "One call had failed, and the others went on: cancel them, and wait until they have ended. `gather` "
    "does neither."
)
LATE = "The failure was known, and the answer waited for the others: look at whichever ends first."
ONE_OF_ALL = "What fails tells its own request, and no other: share no group, flag or error."
NO_BOOKING = "Whoever looks at offers books nothing."
LEFT_RUNNING = (
    "The answer has left, and calls of it go on in the dark: cancel what is not done, shield none of it, and wait "
    "for its end."
)
PATIENCE = (
    "A second is for the whole call: httpx's time-outs are for one step each. Put `asyncio.timeout` "
    "round the call."
)
NO_LONGER = "Start all three before you wait for one, and wait no longer than for the last of them."
NOT_ASKED = (
    "The answer left before the offers had come: ask all three in each request, and wait for them."
)
GIVES_UP = "Every call was good, and took two seconds: here it may. The one second is for those who only look."
OWN_SECOND = "Each partner has a second, and who answers within it is in the answer."
ONE_IS_DONE = "One partner is booked by then, another one fails: look for the one that failed."
WHOLE_NUMBER = "An id is a whole number: annotate the parameter with `int`, as the stub does."
STILL_200 = "One partner is no reason to lose the others' offers: what fails is missing, and the answer stays 200."
ABOUT_THE_OFFERS = (
    "Under `offers` stands what came, under each partner's name; `missing` names the others, in the order "
    "flight, hotel, car."
)
ONE_SECOND_EACH = "Each request has a second of its own, which begins when it comes."
ONE_GROUP = (
    "Several failures are one ExceptionGroup: take one out of it, and raise that, once, outside."
)
AGAIN = "What has failed before has no say in this: every request asks all three."
TAKES_BACK = (
    "No call of that trip begins after a failure, and one that takes a booking back is a call too: here that is "
    "not asked for."
)
GIVEN_BACK = "What a request takes, such as a permit, it gives back after a failure too."


Failure = Callable[[], httpx.Response]


@dataclass(frozen=True)
class Way:
    """How a partner answers a call: after `takes` seconds, with an id, or as `fails` does."""

    takes: float = 0.0
    fails: Failure | None = None


@dataclass(frozen=True)
class Call:
    """A call that a partner got. `at` is the clock's time."""

    at: float
    trip: int
    partner: str
    step: str


@dataclass
class Site:
    """The three partners. Each call brings an id that no other brought."""

    upstream: Upstream
    clock: Clock
    ids: Iterator[int]
    calls: list[Call] = field(default_factory=list[Call])
    offers: dict[int, tuple[int, str]] = field(default_factory=dict[int, tuple[int, str]])
    """The offers that were made: whose trip, and of which partner."""
    bookings: dict[tuple[int, str], list[int]] = field(
        default_factory=dict[tuple[int, str], list[int]]
    )
    is_free: set[int] = field(default_factory=set[int])
    """Trips whose bookings have the id 0."""
    strange: list[bytes] = field(default_factory=list[bytes])
    """Bodies of bookings for which there is no offer."""
    _ways: dict[tuple[int, str, str], Way] = field(default_factory=dict[tuple[int, str, str], Way])

    def trip(self, trip: int, offer: Way | float = 0.0, booking: Way | float = 0.0) -> int:
        """A trip for which all partners answer in this way."""
        for partner in PARTNERS:
            self.partner(trip, partner, offer, booking)
        return trip

    def partner(
        self, trip: int, partner: str, offer: Way | float = 0.0, booking: Way | float = 0.0
    ) -> None:
        """One partner's way to answer for a trip, in place of the one before."""
        for step, way in zip(STEPS, (offer, booking), strict=True):
            self._ways[trip, partner, step] = Way(way) if isinstance(way, int | float) else way

        def offered(_: httpx.Request) -> httpx.Response:
            return self._offered(trip, partner)

        def booked(request: httpx.Request) -> httpx.Response:
            return self._booked(request, partner)

        self.upstream.get(
            offer_address(partner, trip), takes=lambda _: self._ways[trip, partner, "offer"].takes
        ).mock(side_effect=offered)
        self.upstream.post(
            f"https://{partner}.example/bookings",
            takes=lambda request: self._way_of(request, partner).takes,
        ).mock(side_effect=booked)

    def fails(
        self, trip: int, partner: str, step: str, failure: Failure, *, after: float = 0.25
    ) -> None:
        """One call of a partner fails, after so many seconds. The other one is as it was."""
        self._ways[trip, partner, step] = Way(after, failure)

    def answer_of(self, trip: int) -> dict[str, int]:
        """The bookings that were made last for a trip."""
        made = {partner: self.bookings.get((trip, partner)) for partner in PARTNERS}
        return {partner: ids[-1] for partner, ids in made.items() if ids}

    def offered(self, trip: int) -> dict[str, int]:
        """The offers that were made last for a trip."""
        return {partner: offer for offer, (whose, partner) in self.offers.items() if whose == trip}

    def of(self, trip: int, step: str = "") -> list[Call]:
        return [each for each in self.calls if each.trip == trip and step in (each.step, "")]

    def _offered(self, trip: int, partner: str) -> httpx.Response:
        self.calls.append(Call(self.clock.now, trip, partner, "offer"))
        if (fails := self._ways[trip, partner, "offer"].fails) is not None:
            return fails()
        offer = next(self.ids)
        self.offers[offer] = trip, partner
        return httpx.Response(200, json={"id": offer})

    def _booked(self, request: httpx.Request, partner: str) -> httpx.Response:
        trip = self._trip_of(request, partner)
        if trip is None:
            self.strange.append(request.content)
            return httpx.Response(422, json={"error": "no such offer", "id": 0})
        self.calls.append(Call(self.clock.now, trip, partner, "booking"))
        if (fails := self._ways[trip, partner, "booking"].fails) is not None:
            return fails()
        booking = 0 if trip in self.is_free else next(self.ids)
        self.bookings.setdefault((trip, partner), []).append(booking)
        return httpx.Response(201, json={"id": booking})

    def _way_of(self, request: httpx.Request, partner: str) -> Way:
        trip = self._trip_of(request, partner)
        return Way() if trip is None else self._ways[trip, partner, "booking"]

    def _trip_of(self, request: httpx.Request, partner: str) -> int | None:
        try:
            body: Any = json.loads(request.content)
            trip, whose = self.offers[body["offer"]]
        except (ValueError, TypeError, KeyError):
            return None
        return trip if whose == partner and body == {"offer": body["offer"]} else None


@pytest.fixture
def site(upstream: Upstream, clock: Clock, values: Values) -> Site:
    ids = itertools.count(values.number(100, 999), values.number(1, 9))
    return Site(upstream, clock, ids)


async def test_a_trip_is_a_booking_with_each_partner(
    client: Client, expect: Expect, upstream: Upstream, site: Site, values: Values
) -> None:
    """`POST /trips/7` gets and books an offer of each partner, and answers 201 with the bookings."""
    for trip in (7, *values.ids(3, at_least=10), 0):
        site.trip(trip)
        response = await client.post(f"/trips/{trip}")

        expect.status(response, 201, why=about_a_trip(response, site))
        expect.json(
            response,
            site.answer_of(trip),
            why="Under each partner's name stands the id of the booking, which its second call brought.",
        )
        expect.equal(
            sorted((call.partner, call.step) for call in site.of(trip)),
            sorted(itertools.product(PARTNERS, STEPS)),
            "the calls for one trip",
            why="Each partner is asked for one offer, and that offer is booked once.",
        )
    site.partner(7, "hotel", 0.25, 0.5)
    await client.post("/trips/7")
    expect.equal(
        len(site.of(7)),
        2 * len(PARTNERS) * len(STEPS),
        "the calls for two POST /trips/7",
        why="Each request gets and books offers of its own: keep none.",
    )
    free = site.trip(values.id(at_least=1_000))
    site.offers[0] = free, "car"
    upstream.get(offer_address("car", free)).respond(200, json={"id": 0})
    response = await client.post(f"/trips/{free}")
    expect.status(response, 201, why="An offer with the id 0 is an offer: it is booked too.")
    expect.json(
        response, site.answer_of(free), why="An offer with the id 0 is an offer: it is booked too."
    )
    first = site.trip(values.id(at_least=1_000))
    site.is_free.add(first)
    response = await client.post(f"/trips/{first}")
    expect.status(response, 201, why="A booking with the id 0 is a booking.")
    expect.json(response, site.answer_of(first), why="A booking with the id 0 is a booking.")
    as_text = site.trip(values.id(at_least=1_000))
    offer = next(site.ids)
    site.offers[offer] = as_text, "hotel"
    upstream.get(offer_address("hotel", as_text)).respond(
        200, headers={"content-type": "text/plain"}, content=f'{{"id": {offer}}}'
    )
    response = await client.post(f"/trips/{as_text}")
    why = "JSON is JSON, also if its content type says text."
    expect.status(response, 201, why=why)
    expect.json(response, site.answer_of(as_text), why=why)
    expect.equal(upstream.unexpected, [], "calls to other addresses", why="Nobody else is asked.")


async def test_the_partners_are_asked_together(client: Client, expect: Expect, site: Site) -> None:
    """The three partners are asked together: if every call takes a second, `POST` takes two."""
    site.trip(8, offer=2, booking=2)
    response = await client.post("/trips/8")
    expect.status(response, 201, why=GIVES_UP)
    expect.json(response, site.answer_of(8), why=GIVES_UP)

    site.trip(7, offer=1, booking=1)
    with expect.seconds(
        2, "POST /trips/7, if every call takes 1 s", why=TOGETHER, too_soon=TOO_SOON
    ):
        response = await client.post("/trips/7")
    expect.status(response, 201, why=STATUS)
    expect.json(response, site.answer_of(7), why="Each partner's booking stands under its name.")


async def test_a_sold_out_partner_is_a_409(
    client: Client, expect: Expect, site: Site, values: Values
) -> None:
    """If a partner answers 409 to a call, the answer is 409, and says which partner is sold out."""
    trips = iter(values.ids(6, at_least=10))
    for partner, step in itertools.product(PARTNERS, STEPS):
        trip = site.trip(next(trips), offer=0.25, booking=0.25)
        if step == "booking":
            await client.post(f"/trips/{trip}")
            site.calls.clear()
        site.fails(trip, partner, step, SOLD[partner])
        response = await client.post(f"/trips/{trip}")

        request = f"the {step} of the {partner} was answered with 409"
        expect.status(response, 409, request=request, why=about_a_failure(response))
        why = about_the_detail(partner, response.text, site.of(trip))
        expect.json(response, sold_out(partner), request=request, why=why)
        called_once(expect, site, trip, request)


async def test_a_partner_that_fails_in_another_way_is_a_502(
    client: Client, expect: Expect, site: Site, values: Values
) -> None:
    """If a call fails in another way, the answer is 502, and says which partner has failed."""
    kinds = failures(values)
    trips = iter(values.ids(len(kinds) * 2, at_least=10))
    for kind, failure in kinds.items():
        for step in STEPS:
            partner = values.choice(PARTNERS)
            trip = site.trip(next(trips), offer=0.25, booking=0.25)
            site.fails(trip, partner, step, failure)
            response = await client.post(f"/trips/{trip}")

            request = f"the {step} of the {partner}: {kind}"
            expect.status(response, 502, request=request, why=about_a_failure(response))
            why = about_the_detail(partner, response.text, site.of(trip))
            expect.json(response, failed(partner), request=request, why=why)
            called_once(expect, site, trip, request)


async def test_a_failure_ends_the_trip_before_the_others_book(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, site: Site, values: Values
) -> None:
    """When an offer fails, the answer leaves at once, and no other partner is booked, ever."""
    kinds = {"status 409": sold, **failures(values)}
    trips = iter(values.ids(len(kinds), at_least=10))
    partners = itertools.cycle(("hotel", "car", "flight"))
    for kind, failure in kinds.items():
        partner, trip = next(partners), next(trips)
        others = [each for each in PARTNERS if each != partner]
        for each, seconds in zip(others, (1.25, 2.0), strict=True):
            site.partner(trip, each, offer=seconds, booking=0.25)
        site.partner(trip, partner, offer=Way(0.5, failure))
        request = f"POST /trips/{trip}, if the {partner}'s offer fails after 0.5 s ({kind})"
        with expect.seconds(0.5, request, why=LATE):
            response = await client.post(f"/trips/{trip}")

        status = 409 if failure is sold else 502
        expect.status(response, status, request=request, why=about_a_failure(response))
        await clock.sleep(0.05)
        running = upstream.in_flight
        await clock.sleep(2)
        booked = [call.partner for call in site.of(trip, "booking")]
        expect.equal(booked, [], f"the partners that were booked after {request}", why=SIBLINGS)
        expect.equal(running, 0, f"calls still in flight after {request}", why=LEFT_RUNNING)


async def test_no_call_begins_after_a_booking_has_failed(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, site: Site, values: Values
) -> None:
    """When a booking fails, the answer leaves at once, and no other call of that trip begins, ever."""
    trips = iter(values.ids(2 * len(PARTNERS), at_least=10))
    for partner, seconds in itertools.product(PARTNERS, (1.0, 0.0)):
        trip = next(trips)
        others = [each for each in PARTNERS if each != partner]
        # One of them is done by then. The other has much before it, or its booking is under way.
        site.partner(trip, others[0], offer=0, booking=0.125)
        site.partner(trip, others[1], offer=seconds, booking=2.0)
        site.partner(trip, partner, booking=Way(0.5, sold))
        response = await client.post(f"/trips/{trip}")
        left = clock.now

        expect.status(response, 409, why=ONE_IS_DONE)
        expect.json(response, sold_out(partner), why=about_the_detail(partner))
        await nothing_in_flight(expect, upstream, clock, f"POST /trips/{trip}")
        # Whether it was made as soon as possible, or when all offers were there, is not asked.
        asked = [each.at for each in site.of(trip, "booking") if each.partner == partner]
        failed_at = asked[0] + 0.5
        expect.that(
            left - failed_at <= expect.tolerance,
            expected=f"an answer when the booking of the {partner} has failed",
            came=f"it left {left - failed_at:g} s later",
            why=LATE,
        )
        await clock.sleep(2)
        later = [
            f"the {each.step} of the {each.partner}"
            for each in site.of(trip)
            if each.at > failed_at + expect.tolerance
        ]
        expect.equal(later, [], "calls that began after that failure", why=SIBLINGS)
        expect.equal(upstream.unexpected, [], "other calls after that failure", why=TAKES_BACK)


async def test_a_partner_that_cannot_be_reached_or_breaks_off_has_failed(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, site: Site, values: Values
) -> None:
    """A partner that refuses, is silent or breaks off has failed, within ten seconds."""
    troubles: dict[str, Callable[[str, int], object]] = {
        # First, while no connection to anybody is open.
        "refuses to connect": lambda partner, _: upstream.refuse(f"{partner}.example"),
        "is silent": lambda partner, trip: upstream.silent(offer_address(partner, trip)),
        "is silent to a booking": lambda partner, _: upstream.silent(
            f"https://{partner}.example/bookings", method="POST"
        ),
        "breaks off": lambda partner, trip: upstream.breaks(
            offer_address(partner, trip), takes=0.25
        ),
        "hangs up": lambda partner, trip: upstream.hangs_up(
            offer_address(partner, trip), takes=0.25
        ),
        # The whole booking has come by then.
        "breaks off behind its booking": lambda partner, _: upstream.breaks(
            f"https://{partner}.example/bookings", method="POST", takes=0.25
        ).respond(201, content=whole_when_cut({"id": 0})),
        "hangs up behind its booking": lambda partner, _: upstream.hangs_up(
            f"https://{partner}.example/bookings", method="POST", takes=0.25
        ).respond(201, content=whole_when_cut({"id": 0})),
        "sends bytes that cannot be decoded": lambda partner, trip: upstream.garbles(
            offer_address(partner, trip), takes=0.25
        ),
    }
    trips = iter(values.ids(len(troubles), at_least=10))
    for trouble, begins in troubles.items():
        partner, trip = values.choice(PARTNERS), next(trips)
        site.trip(trip, offer=0.5)
        begins(partner, trip)
        before = len(upstream.called)
        with expect.seconds(
            at_most=10,
            what=f"POST /trips/{trip}, if the {partner} {trouble}",
            why="A traveller gives up after 11 s. Only time-outs end a call to a partner who is silent.",
        ):
            response = await expect.given_up_after(11, client.post(f"/trips/{trip}"))
        which = f"the {partner} {trouble}"
        expect.status(response, 502, request=which, why=about_a_failure(response))
        expect.json(response, failed(partner), why=about_the_detail(partner))
        await nothing_in_flight(expect, upstream, clock, f"POST /trips/{trip}")
        calls = upstream.called[before:].count(offer_address(partner, trip))
        expect.that(
            calls <= 1,
            expected=f"one call for the offer of the {partner}, who {trouble}",
            came=f"{calls} calls",
            why=ONCE_ONLY,
        )
        upstream.accept(f"{partner}.example")


async def test_failures_at_one_moment_are_one_answer(
    client: Client, clock: Clock, expect: Expect, site: Site, values: Values
) -> None:
    """If several calls fail at once, the answer speaks of one of them."""
    refused = raising(httpx.ConnectError("refused"))
    combinations: list[dict[str, Failure]] = [
        {"hotel": sold, "car": sold},
        {"hotel": sold, "car": down},
        {"flight": refused, "hotel": sold},
        {"flight": down, "hotel": refused, "car": sold},
        {"flight": refused, "hotel": refused, "car": refused},
    ]
    trips = iter(values.ids(2 * len(combinations), at_least=10))
    for combination, step in itertools.product(combinations, STEPS):
        trip = site.trip(next(trips), offer=0.25, booking=0.25)
        allowed: list[tuple[int, object]] = []
        for partner, failure in combination.items():
            site.fails(trip, partner, step, failure)
            allowed.append((409, sold_out(partner)) if failure is sold else (502, failed(partner)))
        response = await client.post(f"/trips/{trip}")

        which = " and ".join(combination)
        if response.status_code not in (409, 502):
            expect.status(response, allowed[0][0], why=ONE_GROUP)
        expect.that(
            (response.status_code, response.json()) in allowed,
            expected=f"an answer about one of these, which failed at one moment: {which}",
            came=f"status {response.status_code} with the body {response.text}",
            why="The status and the name are those of one failure: take both from the same exception.",
        )
        await clock.sleep(1)


async def test_each_trip_fails_for_itself(
    client: Client, clock: Clock, expect: Expect, site: Site, values: Values
) -> None:
    """Each request fails for itself: others, beside it, notice nothing."""
    moments = sorted(number / 8 for number in values.sample(range(1, 12), 5))
    begins = [0.0, *moments]
    trips = values.ids(len(begins), at_least=10)
    # Every other one fails, with its offer or its booking, while others are under way.
    for number, trip in enumerate(trips):
        site.trip(trip, offer=0.75, booking=0.75)
        if number % 2:
            step = "offer" if number == 3 else "booking"
            site.fails(trip, PARTNERS[number // 2], step, sold if number == 1 else down)
    started = clock.now

    async def traveller(number: int) -> tuple[httpx.Response, float]:
        await asyncio.sleep(begins[number])
        response = await client.post(f"/trips/{trips[number]}")
        return response, clock.now - started

    for number, (response, ended) in enumerate(
        await asyncio.gather(*(traveller(number) for number in range(len(begins))))
    ):
        which = f"a POST that came at {begins[number]:g} s, while others were under way"
        status, takes = 201, 1.5
        if number % 2:
            status, takes = (409 if number == 1 else 502), (0.25 if number == 3 else 1.0)
        expect.status(response, status, request=which, why=ONE_OF_ALL)
        if status == 201:
            expect.json(response, site.answer_of(trips[number]), request=which, why=ONE_OF_ALL)
        else:
            said = sold_out if status == 409 else failed
            expect.json(response, said(PARTNERS[number // 2]), request=which, why=ONE_OF_ALL)
        due = begins[number] + takes
        expect.that(
            abs(ended - due) <= expect.tolerance,
            expected=f"an answer at {due:g} s to {which}",
            came=f"it came at {ended:g} s",
            why="Requests wait for one another, or end one another: share nothing but the client, and let it "
            "open a connection for each call.",
        )


async def test_the_same_trip_twice_at_once_is_two_trips(
    client: Client, clock: Clock, expect: Expect, site: Site, values: Values
) -> None:
    """Each request asks for itself, also if another one asks for the same trip at that moment."""
    trip = site.trip(values.id(), offer=0.5, booking=0.5)
    with expect.seconds(1, "two POSTs for one trip at once", why=TOGETHER, too_soon=TOO_SOON):
        responses = await asyncio.gather(*(client.post(f"/trips/{trip}") for _ in range(2)))
    for response in responses:
        expect.status(response, 201, why=STATUS)
    expect.equal(
        sorted(booking for response in responses for booking in response.json().values()),
        sorted(itertools.chain(*(site.bookings[trip, partner] for partner in PARTNERS))),
        "the bookings in two answers",
        why="Each request gets and books offers of its own, and keeps them in variables of the function.",
    )

    site.fails(trip, "flight", "offer", sold)
    failing = asyncio.create_task(client.post(f"/trips/{trip}"))
    await clock.sleep(0.125)
    site.trip(trip, offer=0.5, booking=0.5)
    response = await client.post(f"/trips/{trip}")
    expect.status(await failing, 409, why=ONE_OF_ALL)
    request = "a POST for a trip, while an earlier one for the same trip failed"
    expect.status(response, 201, request=request, why=ONE_OF_ALL)
    expect.json(response, site.answer_of(trip), request=request, why=ONE_OF_ALL)


async def test_the_server_goes_on_after_any_number_of_failures(
    client: Client, expect: Expect, site: Site, values: Values
) -> None:
    """After failures of any kind, the next trip is booked and the next offers are shown."""
    trip = values.id()
    kinds = [sold, *failures(values).values()]
    with expect.an_end(if_stuck=GIVEN_BACK):
        for number, failure in enumerate((*kinds, *values.shuffled(kinds * 2))):
            fails = Way(0.125, failure)
            site.trip(trip, *((fails, 0.0) if number % 2 else (0.0, fails)))
            with expect.may_fail():
                await client.post(f"/trips/{trip}")
                await client.get(f"/trips/{trip}/offers")
        site.trip(trip, offer=0.25, booking=0.25)
        response = await client.post(f"/trips/{trip}")
        expect.status(response, 201, why=AGAIN)
        expect.json(response, site.answer_of(trip), why=AGAIN)
        response = await client.get(f"/trips/{trip}/offers")
    expect.status(response, 200, why=AGAIN)
    expect.json(response, {"offers": site.offered(trip), "missing": []}, why=AGAIN)


async def test_the_offers_of_all_are_shown_and_nothing_is_booked(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, site: Site, values: Values
) -> None:
    """`GET /trips/7/offers` answers 200 with the offers of all three, and books nothing."""
    for trip in (7, *values.ids(2, at_least=10), 0):
        site.trip(trip)
        response = await client.get(f"/trips/{trip}/offers")

        expect.status(response, 200, why=READ)
        expect.json(response, {"offers": site.offered(trip), "missing": []}, why=ABOUT_THE_OFFERS)
        expect.equal(
            sorted((call.partner, call.step) for call in site.of(trip)),
            sorted((partner, "offer") for partner in PARTNERS),
            "the calls for one look at offers",
            why=NO_BOOKING,
        )

    free = site.trip(values.id(at_least=1000))
    upstream.get(offer_address("car", free)).respond(200, json={"id": 0})
    response = await client.get(f"/trips/{free}/offers")
    expect.json(
        response,
        {"offers": {**site.offered(free), "car": 0}, "missing": []},
        why="The id 0 is an id: Python takes it for false, so compare with `is None`.",
    )

    trip = site.trip(values.id(at_least=1_000), offer=0.5)
    looks = [asyncio.create_task(client.get(f"/trips/{trip}/offers"))]
    await clock.sleep(0.25)
    looks += [asyncio.create_task(client.get(f"/trips/{trip}/offers")) for _ in range(2)]
    for response in await asyncio.gather(*looks):
        expect.status(response, 200, why=READ)
    expect.equal(
        len(site.of(trip)),
        3 * len(PARTNERS),
        "calls for three looks at the offers of one trip",
        why="Each request asks for itself, when it comes: what another one asks is not its own.",
    )


async def test_offers_are_shown_as_soon_as_all_have_answered(
    client: Client, expect: Expect, site: Site, values: Values
) -> None:
    """`GET` answers as soon as all three have answered or failed."""
    trip = site.trip(7, offer=0.5)
    with expect.seconds(
        0.5, "GET /trips/7/offers, if each offer takes 0.5 s", why=NO_LONGER, too_soon=NOT_ASKED
    ):
        response = await client.get("/trips/7/offers")
    expect.json(response, {"offers": site.offered(trip), "missing": []}, why=ABOUT_THE_OFFERS)

    trip = site.trip(values.id(at_least=10), offer=0.25)
    site.partner(trip, "hotel", offer=Way(0.125, sold))
    site.partner(trip, "car", offer=0.75)
    with expect.seconds(
        0.75,
        "GET /trips/…/offers, if the hotel fails after 0.125 s, and the others answer until 0.75 s",
        why="All have answered or failed, so nothing is left to wait for.",
        too_soon="One failure is no reason to leave the others: wait for them.",
    ):
        response = await client.get(f"/trips/{trip}/offers")
    expect.status(response, 200, why=STILL_200)
    expect.json(
        response, {"offers": site.offered(trip), "missing": ["hotel"]}, why=ABOUT_THE_OFFERS
    )


async def test_what_fails_is_named_as_missing(
    client: Client, expect: Expect, site: Site, values: Values
) -> None:
    """A partner whose call fails, in whatever way, is missing, and the others' offers are there."""
    kinds = {"409": sold, **failures(values)}
    for kind, failure in kinds.items():
        for count in (1, 2):
            trip = site.trip(values.id(at_least=10), offer=0.25)
            await client.get(f"/trips/{trip}/offers")
            site.calls.clear()
            drawn = values.sample(PARTNERS, count)
            missing = [each for each in PARTNERS if each in drawn]
            # The last of them fails first.
            for partner, after in zip(missing, (0.5, 0.125)[-count:], strict=True):
                site.partner(trip, partner, offer=Way(after, failure))
            response = await client.get(f"/trips/{trip}/offers")

            request = f"{' and '.join(missing)}: {kind}"
            expect.status(response, 200, request=request, why=STILL_200)
            expect.json(
                response,
                {
                    "offers": {p: o for p, o in site.offered(trip).items() if p not in missing},
                    "missing": missing,
                },
                request=request,
                why=ABOUT_THE_OFFERS,
            )
            called_once(expect, site, trip, request)


async def test_who_takes_longer_than_a_second_is_missing(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, site: Site, values: Values
) -> None:
    """A partner that takes longer than a second is missing, and the answer leaves after a second."""
    slow: dict[str, Callable[[str], object]] = {
        # First, while no connection to anybody is open.
        "takes for ever to connect to": lambda url: upstream.unreachable(httpx.URL(url).host),
        "answers after 3 s": lambda url: upstream.get(url, takes=3).respond(200, json={"id": 1}),
        "sends its body in pieces until 1.6 s": lambda url: upstream.get(
            url, drip=(0.4, 5)
        ).respond(200, json={"id": 1}),
        "sends its body 1.5 s after its head": lambda url: upstream.get(url, pause=1.5).respond(
            200, json={"id": 1}
        ),
        "is silent": lambda url: upstream.silent(url),
        "fails after 2 s": lambda url: upstream.get(url, takes=2).respond(503),
    }
    for which, begins in slow.items():
        partner = values.choice(PARTNERS)
        others = [each for each in PARTNERS if each != partner]
        trip = site.trip(values.id(at_least=10), offer=0.25)
        site.partner(trip, others[0], offer=0.75)
        begins(offer_address(partner, trip))
        request = f"GET /trips/{trip}/offers, if the {partner} {which}"
        with expect.seconds(at_most=1, what=request, why=PATIENCE):
            response = await client.get(f"/trips/{trip}/offers")

        expect.status(response, 200, request=request, why=STILL_200)
        offers = {each: offer for each, offer in site.offered(trip).items() if each != partner}
        expect.json(
            response, {"offers": offers, "missing": [partner]}, request=request, why=OWN_SECOND
        )
        await nothing_in_flight(expect, upstream, clock, request)
        upstream.accept(f"{partner}.example")


async def test_two_steps_that_take_less_than_a_second_can_take_more_together(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, site: Site
) -> None:
    """The second is for the whole call: 0.75 s to connect and 0.75 s to answer are too long."""
    trip = site.trip(7)
    site.partner(trip, "hotel", offer=0.75)
    upstream.slow_to_connect("hotel.example", seconds=0.75)
    with expect.seconds(at_most=1, what="GET /trips/7/offers", why=PATIENCE):
        response = await client.get("/trips/7/offers")
    expect.status(response, 200, why=STILL_200)
    expect.equal(response.json()["missing"], ["hotel"], "what is missing", why=PATIENCE)
    await nothing_in_flight(expect, upstream, clock, "GET /trips/7/offers")


async def test_no_offer_at_all_is_a_502(
    client: Client, clock: Clock, expect: Expect, upstream: Upstream, site: Site, values: Values
) -> None:
    """If all three fail or take too long, the answer is 502 with {"detail": "no offers"}."""
    kinds = [sold, *failures(values).values()]
    for fail in (3, 0, 1, 2):
        trip = site.trip(values.id(at_least=10), offer=3)
        for partner in PARTNERS[:fail]:
            site.partner(trip, partner, offer=Way(0.125, values.choice(kinds)))
        request = f"GET /trips/{trip}/offers, if no partner has an offer"
        with expect.seconds(at_most=1, what=request, why=PATIENCE):
            response = await client.get(f"/trips/{trip}/offers")

        expect.status(
            response,
            502,
            request=f"{fail} of the three partners fail, and {3 - fail} take 3 s",
            why="Nothing to show is no success: 502, also if some were only too slow.",
        )
        expect.json(response, NO_OFFERS, why="With nothing to show, no partner is named.")
        await nothing_in_flight(expect, upstream, clock, request)


async def test_each_look_at_offers_has_its_own_second(
    client: Client, clock: Clock, expect: Expect, site: Site, values: Values
) -> None:
    """Each request waits for itself: its second begins when it comes, whoever else looks or books."""
    begins = [0.0, *sorted(number / 8 for number in values.sample(range(1, 8), 3)), 5.0]
    trips = values.ids(len(begins), at_least=10)
    for number, trip in enumerate(trips):
        site.trip(trip, offer=0.25)
        site.partner(trip, PARTNERS[number % 3], offer=(0.75, 3, 3, 0.75, 3)[number])
    booked = site.trip(values.id(at_least=10**6), offer=1, booking=1)
    started = clock.now

    async def traveller(number: int) -> tuple[httpx.Response, float]:
        await asyncio.sleep(begins[number])
        response = await client.get(f"/trips/{trips[number]}/offers")
        return response, clock.now - started - begins[number]

    booking = asyncio.create_task(client.post(f"/trips/{booked}"))
    looks = await asyncio.gather(*(traveller(number) for number in range(len(begins))))
    posted = await booking
    for number, (response, took) in enumerate(looks):
        slow = PARTNERS[number % 3]
        which = f"a look at offers that came at {begins[number]:g} s"
        late = number in (1, 2, 4)
        offers = {
            each: offer
            for each, offer in site.offered(trips[number]).items()
            if not (late and each == slow)
        }
        expect.json(
            response,
            {"offers": offers, "missing": [slow] if late else []},
            request=which,
            why=ONE_SECOND_EACH,
        )
        due = 1 if late else 0.75
        expect.that(
            abs(took - due) <= expect.tolerance or (late and took < due),
            expected=f"{due} s for {which}",
            came=f"it took {took:g} s",
            why=ONE_SECOND_EACH,
        )
    expect.status(posted, 201, why=ONE_OF_ALL)


async def test_a_look_and_a_booking_at_one_moment_are_two_requests(
    client: Client, expect: Expect, site: Site, values: Values
) -> None:
    """One request looks at the offers of a trip while another one books it, and each fails for itself."""
    trip = site.trip(values.id(), offer=0.5, booking=0.5)
    site.partner(trip, "hotel", offer=Way(0.25, sold))
    looked, posted = await asyncio.gather(
        client.get(f"/trips/{trip}/offers"), client.post(f"/trips/{trip}")
    )
    expect.status(posted, 409, why=about_a_failure(posted))
    expect.json(posted, sold_out("hotel"), why=about_the_detail("hotel"))
    expect.status(looked, 200, why=ONE_OF_ALL)
    offers: dict[str, Any] = looked.json()
    expect.equal(offers["missing"], ["hotel"], "what is missing beside a POST", why=ONE_OF_ALL)
    expect.equal(sorted(offers["offers"]), ["car", "flight"], "who has an offer", why=ONE_OF_ALL)


async def test_a_trip_that_is_no_whole_number_is_a_422(
    client: Client, expect: Expect, upstream: Upstream, values: Values
) -> None:
    """If the trip is no whole number, the answer is 422, and no partner is asked."""
    for trip in ("seven", "1.5", values.token() + "x"):
        for response in (
            await client.post(f"/trips/{trip}"),
            await client.get(f"/trips/{trip}/offers"),
        ):
            expect.status(response, 422, why=WHOLE_NUMBER)
    expect.equal(upstream.unexpected, [], "calls for such trips", why=WHOLE_NUMBER)


async def test_nothing_is_left_when_the_server_has_stopped(
    serve: Serve, expect: Expect, site: Site, values: Values
) -> None:
    """After shutdown nothing is left open or running, whatever became of the requests."""
    kinds = [sold, *failures(values).values()]
    for _ in range(2):
        async with serve() as client:
            trip = site.trip(values.id(), offer=0.25, booking=0.25)
            response = await client.post(f"/trips/{trip}")
            expect.status(response, 201, why="A restart changes nothing.")
            for failure in kinds:
                site.fails(trip, values.choice(PARTNERS), values.choice(STEPS), failure)
                with expect.may_fail():
                    await client.post(f"/trips/{trip}")
                    await client.get(f"/trips/{trip}/offers")
            site.partner(trip, "hotel", offer=9)
            await client.get(f"/trips/{trip}/offers")
        expect.nothing_left(
            why="Who opens a client or starts a task also ends it, also after a failure."
        )


# How a partner fails, and what is said of it.


def sold() -> httpx.Response:
    return httpx.Response(409, json={"id": 0})


SOLD: dict[str, Failure] = {
    "flight": sold,
    "hotel": lambda: httpx.Response(409, text="Sold out"),
    "car": lambda: httpx.Response(409),
}
"""What each partner sends with a 409: JSON, words, nothing."""


def down() -> httpx.Response:
    return httpx.Response(503, json={"id": 0})


def raising(error: Exception) -> Failure:
    def fail() -> httpx.Response:
        raise error

    return fail


def failures(values: Values) -> dict[str, Failure]:
    """Every kind of failure but 409. The bodies have an id that nobody may take."""
    below, above = values.status(range(400, 409)), values.status(range(410, 600))
    no_json, no_text = values.bytes_no_json(), values.bytes_no_text()

    return {
        "status 503": down,
        "status 400": lambda: httpx.Response(400, json={"id": 0}),
        "status 410": lambda: httpx.Response(410, json={"id": 0}),
        f"status {below}": lambda: httpx.Response(below, json={"id": 0}),
        f"status {above}, another time": lambda: httpx.Response(above, json={"id": 0}),
        "a refused connection": raising(httpx.ConnectError("refused")),
        "a time-out": raising(httpx.ReadTimeout("")),
        "an answer that breaks off": raising(httpx.ReadError("reset by peer")),
        "a body that is no JSON": lambda: httpx.Response(200, content=no_json),
        "a body that is no text": lambda: httpx.Response(200, content=no_text),
    }


def offer_address(partner: str, trip: int) -> str:
    return f"https://{partner}.example/offers/{trip}"


def sold_out(partner: str) -> dict[str, str]:
    return {"detail": f"{partner} is sold out"}


def failed(partner: str) -> dict[str, str]:
    return {"detail": f"{partner} failed"}


def called_once(expect: Expect, site: Site, trip: int, request: str) -> None:
    calls = [f"the {each.step} of the {each.partner}" for each in site.of(trip)]
    again = sorted({each for each in calls if calls.count(each) > 1})
    expect.that(
        not again,
        expected=f"each call once ({request})",
        came=f"made again: {', '.join(again)}",
        why=ONCE_ONLY,
    )


async def nothing_in_flight(expect: Expect, upstream: Upstream, clock: Clock, request: str) -> None:
    # Who cancels a call may close its connection when the answer has left.
    await clock.sleep(0.05)
    expect.equal(upstream.in_flight, 0, f"calls still in flight after {request}", why=LEFT_RUNNING)


def about_a_trip(response: httpx.Response, site: Site) -> str:
    if site.strange:
        return (
            f"A partner was asked to book {site.strange[0].decode(errors='replace')}, and knows no such offer: "
            'send {"offer": …} with the id that its own first call brought, as JSON.'
        )
    return STATUS


def about_a_failure(response: httpx.Response) -> str:
    if response.status_code < 400:
        return "A call has failed, and the trip was answered as if it had not: look at each result."
    if response.status_code == 408:
        return "No answer came at all: a silent partner has failed when httpx's time-out is over."
    return "409 of a partner is 409, and every other failure is 502, whichever call it was."


def about_the_detail(partner: str, named: str = "", calls: Sequence[Call] | None = None) -> str:
    """What to say of a body that has another one's name in it. `calls` are all those that the request has made."""
    asked = PARTNERS if calls is None else {call.partner for call in calls}
    for other in PARTNERS:
        if other in named and other not in asked:
            return (
                f"Nobody asked the {other} in this request: each one asks all three for itself, whoever has failed in "
                "another."
            )
    return (
        f"It was the {partner} that failed in this request: take status and name from the exception of its call, "
        "whatever came before it or beside it, and say no other words."
    )
