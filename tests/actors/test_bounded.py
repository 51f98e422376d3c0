from actors.bounded import BoundedCache
from tests.support.clock import FalseClock


def test_what_was_used_longest_ago_goes_first(clock: FalseClock) -> None:
    cache = BoundedCache[str, int](2, 60, clock.monotonic)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)
    assert len(cache) == 2


def test_what_is_too_old_is_gone(clock: FalseClock) -> None:
    cache = BoundedCache[str, int](2, 60, clock.monotonic)
    cache.put("long", 1)
    cache.put("short", 2, seconds=5)
    clock.advance(10)
    assert cache.get("long") == 1
    assert cache.get("short") is None
    assert len(cache) == 1
    clock.advance(51)
    assert cache.get("long") is None


def test_putting_again_renews(clock: FalseClock) -> None:
    cache = BoundedCache[str, int](2, 60, clock.monotonic)
    cache.put("a", 1)
    clock.advance(50)
    cache.put("a", 2)
    clock.advance(50)
    assert cache.get("a") == 2


def test_entries_are_dropped_on_demand(clock: FalseClock) -> None:
    cache = BoundedCache[str, int](2, 60, clock.monotonic)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.drop("a")
    cache.drop("a")
    assert cache.get("a") is None
    cache.clear()
    assert len(cache) == 0


def test_a_flood_of_keys_takes_no_more_room(clock: FalseClock) -> None:
    cache = BoundedCache[int, int](100, 60, clock.monotonic)
    for number in range(10_000):
        cache.put(number, number)
    assert len(cache) == 100
