from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from actors.ids import IdSource, id_at, moment_of
from tests.support.clock import FalseClock

BIGINT = 2**63


def test_ids_of_one_millisecond_differ_and_go_up(clock: FalseClock) -> None:
    mint = IdSource(clock.timestamp)
    minted = [mint() for _ in range(10_000)]
    assert minted == sorted(set(minted))


def test_ids_go_up_when_the_clock_goes_back(clock: FalseClock) -> None:
    mint = IdSource(clock.timestamp)
    first = mint()
    clock.advance(timedelta(hours=-3))
    second = mint()
    clock.advance(timedelta(hours=3, milliseconds=1))
    assert first < second < mint()


def test_threads_never_get_the_same_id() -> None:
    mint = IdSource()
    with ThreadPoolExecutor(8) as pool:
        minted = [one for batch in pool.map(lambda _: [mint() for _ in range(2_000)], range(8)) for one in batch]
    assert len(set(minted)) == 16_000


def test_an_id_fits_a_bigint_and_is_positive_for_centuries() -> None:
    last = IdSource(lambda: datetime(2100, 1, 1, tzinfo=UTC).timestamp())()
    assert 0 < last < BIGINT


@given(st.integers(1_577_836_800_000, 4_260_000_000_000))
def test_an_id_tells_its_millisecond(milliseconds: int) -> None:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    minted = IdSource(moment.timestamp)()
    assert id_at(moment) <= minted
    assert abs(moment_of(minted) - moment) <= timedelta(milliseconds=1)


def test_the_bound_of_a_moment_parts_before_from_after(clock: FalseClock) -> None:
    mint = IdSource(clock.timestamp)
    before = mint()
    bound = id_at(clock.advance(timedelta(milliseconds=2)))
    assert before < bound <= mint()
