"""What your tests are held to: they pass with the given app, and fail with every broken one."""

from kata.suite.suite import Suite


def test_they_pass_with_the_given_app(suite: Suite) -> None:
    """All your tests pass with the given `main.py`."""
    suite.passes()


def test_they_pass_with_other_right_apps(suite: Suite) -> None:
    """They pass with every app that keeps to the table, also where an answer comes some 20 milliseconds late."""
    suite.passes_with(
        "late_by_20_ms",
        "an app that answers 20 ms late, as on a real machine",
        why="No machine is exact: a test of time needs some tenths of a second of room above the two seconds.",
    )
    suite.passes_with(
        "brews_in_a_thread",
        "an app that brews in a thread while it asks, and names the price first",
        why="That app keeps to the table too: look at what it answers, and when, not at how it does that.",
    )


def test_they_need_no_network(suite: Suite) -> None:
    """Your tests need no network: something in them stands in for the price list."""
    suite.needs_no_network(
        why="A test that reaches out depends on other people's servers: mock every call, "
        "also the one that is meant to fail."
    )


def test_they_pass_in_any_order(suite: Suite) -> None:
    """Your tests pass in any order: none of them leaves anything behind for the next."""
    suite.passes_in_any_order(
        why="One test depends on what another has left behind: let each set up all it needs, and clear it away "
        "(`app.dependency_overrides.clear()`, a fixture with `yield`, `monkeypatch`)."
    )


def test_they_notice_a_wrong_body(suite: Suite) -> None:
    """`GET /tea/green` answers `{"tea": "green", "price": 3}`: the tea by its name, the price as a number."""
    suite.notices(
        "price_as_text",
        why='This app answers `"3"` and not `3`: compare the whole body with what you expect.',
    )
    suite.notices(
        "same_name",
        why="This app calls every tea `tea`: the name is as much of the answer as the price.",
    )


def test_they_notice_an_old_price(suite: Suite) -> None:
    """Every request asks for the price anew: a new price is answered at once."""
    suite.notices(
        "price_of_yesterday",
        why="This app remembers prices: change what the price list answers, and ask a second time.",
    )


def test_they_notice_the_price_before(suite: Suite) -> None:
    """Each answer has the price that the price list says now, not the one before."""
    suite.notices(
        "previous_price",
        why="This app is one price behind: change the price, and look at the very next answer.",
    )


def test_they_notice_a_second_call(suite: Suite) -> None:
    """Every request asks the price list exactly once."""
    suite.notices(
        "asks_twice",
        why="This app asks twice for every tea: count the calls that reach your stand-in.",
        calls=True,
    )


def test_they_notice_a_wrong_status(suite: Suite) -> None:
    """A tea that the price list does not know is answered with 404."""
    suite.notices(
        "unknown_with_200",
        why="This app answers 200 with an error in it: look at the status too, not only at the body.",
    )


def test_they_notice_an_error_status_that_is_not_handled(suite: Suite) -> None:
    """When the price list answers with another error status, the answer is 502."""
    suite.notices(
        "status_not_handled",
        why="This app falls over when the price list answers 500: let your stand-in do that once.",
    )
    suite.notices(
        "passes_500_on",
        why="This app passes the 500 of the price list on, where the table has a 502: compare the status.",
    )


def test_they_notice_a_second_call_after_an_error(suite: Suite) -> None:
    """A request asks the price list once, also when that answers with an error."""
    suite.notices(
        "asks_again_after_an_error",
        why="This app asks again when the price list answers with an error: count the calls in that case too.",
        calls=True,
    )


def test_they_notice_a_lost_connection_that_is_not_handled(suite: Suite) -> None:
    """When the price list cannot be reached, the answer is 502."""
    suite.notices(
        "unreachable_not_handled",
        why="This app falls over when nobody answers: let your stand-in raise httpx.ConnectError once.",
    )


def test_they_notice_an_old_price_when_nobody_answers(suite: Suite) -> None:
    """When the price list cannot be reached, the answer is 502, also if a price came before."""
    suite.notices(
        "old_price_when_unreachable",
        why="This app falls back on the last price that it got: let the price list answer, and then be out of reach, "
        "for the same tea.",
    )


def test_they_notice_an_answer_that_comes_too_early(suite: Suite) -> None:
    """The answer comes when the tea is ready: not before two seconds have passed."""
    suite.notices(
        "answers_too_early",
        why="This app does not wait for its tea: measure the seconds, and ask for at least so many.",
    )


def test_they_notice_a_tea_that_brews_too_short(suite: Suite) -> None:
    """The answer comes after two seconds, not after one."""
    suite.notices(
        "brews_one_second",
        why="This app takes one second: let the lower bound be just below two, such as 1.9.",
    )


def test_they_notice_an_answer_that_comes_too_late(suite: Suite) -> None:
    """The answer comes after two seconds, not after four."""
    suite.notices(
        "answers_too_late",
        why="This app takes four seconds: a test of time needs an upper bound as well.",
    )


def test_they_notice_a_blocked_loop(suite: Suite) -> None:
    """While one tea brews, others do: three requests at once are answered after two seconds."""
    suite.notices(
        "blocks_the_loop",
        why="This app stands still while it brews: measure several requests together, with asyncio.gather.",
    )


def test_they_notice_a_queue(suite: Suite) -> None:
    """No request waits for another: three requests at once are answered after two seconds."""
    suite.notices(
        "one_at_a_time",
        why="This app brews one tea after the other: requests overlap only if all are sent before the "
        "first is answered.",
    )


def test_they_notice_a_pot_for_two(suite: Suite) -> None:
    """Three requests at once, and not only two, are answered after two seconds."""
    suite.notices(
        "two_at_a_time",
        why="In this app the third tea waits for the first two, so three at once take four seconds: send three "
        "together, and let the last answer come no later than a single one.",
    )


def test_they_notice_the_price_of_another_request(suite: Suite) -> None:
    """Each of several requests at once is answered with its own price."""
    suite.notices(
        "price_of_another",
        why="This app keeps one price for all requests: let the price list answer each of three requests at once "
        "with another price, and see that each of the prices comes back.",
    )


def test_they_notice_a_client_that_is_closed_too_early(suite: Suite) -> None:
    """While the app runs, `app.state.client` is open."""
    suite.notices(
        "another_client_in_use",
        why="The client in this app's `app.state.client` is closed all the time: look at `is_closed` while the app "
        "runs, too.",
    )


def test_they_notice_a_client_that_is_left_open(suite: Suite) -> None:
    """When the app has stopped, `app.state.client` is closed."""
    suite.notices(
        "client_left_open",
        why="This app closes nothing: keep `app.state.client`, let the app stop, and look at `is_closed`.",
    )


def test_they_notice_an_app_that_starts_only_once(suite: Suite) -> None:
    """The same `app` can be started and stopped, and started again."""
    suite.notices(
        "starts_only_once",
        why="This app is used up by its first stop: start and stop it twice, and see that the second life is as good.",
    )


def test_they_finish_quickly(suite: Suite) -> None:
    """All your tests together take at most a minute."""
    suite.takes_at_most(
        60,
        why="Nobody runs slow tests often. Look for sleeps that are longer than what they wait for, for teas in a row "
        "where one would do, and for tests that are run more often than once.",
    )
