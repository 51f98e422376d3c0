"""The back-off: quick at first, at least seven days, then daily, then the end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.retry import LIFETIME, LONGEST_WISH, SEVEN_DAYS, delay, wished

chances = st.floats(0, 1, exclude_max=True)
DAY = timedelta(days=1)


def schedule(random: float) -> list[timedelta]:
    waits: list[timedelta] = []
    while (wait := delay(len(waits) + 1, random)) is not None:
        waits.append(wait)
    return waits


@given(chances)
def test_tries_for_seven_days_at_least_and_a_month_in_all(random: float) -> None:
    waits = schedule(random)
    assert sum(waits[:SEVEN_DAYS], timedelta(0)) >= 7 * DAY
    assert LIFETIME <= sum(waits, timedelta(0)) <= LIFETIME * 1.3
    assert len(waits) < 100


@given(chances)
def test_is_quick_at_first_and_daily_at_last(random: float) -> None:
    waits = schedule(random)
    assert waits[0] <= timedelta(seconds=10)
    assert sum(waits[:4], timedelta(0)) <= timedelta(minutes=5)
    assert all(DAY <= wait <= 1.25 * DAY for wait in waits[SEVEN_DAYS:])
    assert waits == sorted(waits)


@given(st.integers(1, 60), chances, chances)
def test_jitter_only_adds(attempt: int, one: float, other: float) -> None:
    low, wait = delay(attempt, 0.0), delay(attempt, max(one, other))
    assert low is not None and wait is not None
    assert low <= wait < 1.25 * low + timedelta(microseconds=1)


@given(st.integers(1, 200), chances)
def test_gives_up_for_good(attempt: int, random: float) -> None:
    if delay(attempt, random) is None:
        assert delay(attempt + 1, random) is None


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, timedelta(0)),
        (-5, timedelta(0)),
        (90, timedelta(seconds=90)),
        (1e9, LONGEST_WISH),
        (float("inf"), LONGEST_WISH),
    ],
)
def test_a_peer_may_ask_for_a_day_at_most(asked: float | None, granted: timedelta) -> None:
    assert wished(asked) == granted
