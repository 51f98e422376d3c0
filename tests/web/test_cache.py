"""Answers kept ready: until something changes, within a budget, and never those that were overtaken."""

import asyncio
import gzip
import random

import brotli
import pytest
from aiohttp.test_utils import make_mocked_request

from tests.support.clock import FalseClock
from web.cache import ResponseCache

HEADERS = {"Content-Type": "text/html", "Vary": "Accept"}
DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.fixture
def cache(clock: FalseClock) -> ResponseCache:
    return ResponseCache(clock.monotonic)


def keep(cache: ResponseCache, key: str, body: bytes = b"x"):
    return cache.put(key, body, HEADERS, cache.generation)


def test_an_answer_is_kept_as_it_was(cache: ResponseCache) -> None:
    keep(cache, "a", b"body")
    kept = cache.get("a")
    assert kept is not None
    assert kept.body == b"body"
    assert kept.headers["Content-Type"] == "text/html"
    assert kept.headers["ETag"] == f"W/{kept.etag}"
    assert kept.headers["Vary"] == "Accept, Accept-Encoding"
    assert cache.get("b") is None


def test_an_answer_is_kept_no_longer_than_a_missed_bell_may_cost(cache: ResponseCache, clock: FalseClock) -> None:
    keep(cache, "a")
    clock.advance(0.9)
    assert cache.get("a") is not None
    clock.advance(0.2)
    assert cache.get("a") is None


def test_a_change_empties_it(cache: ResponseCache) -> None:
    keep(cache, "a")
    cache.clear()
    assert cache.get("a") is None


def test_an_answer_that_was_overtaken_by_a_change_is_given_but_not_kept(cache: ResponseCache) -> None:
    begun = cache.generation
    cache.clear()
    kept = cache.put("a", b"old", HEADERS, begun)
    assert kept.body == b"old"
    assert cache.get("a") is None


def test_the_oldest_make_room_for_the_new(cache: ResponseCache) -> None:
    body = b"x" * 1_000_000
    for number in range(40):
        keep(cache, f"{number}", body)
    kept = [number for number in range(40) if cache.get(f"{number}") is not None]
    assert 5 <= len(kept) <= 8
    assert kept == list(range(40 - len(kept), 40))


def test_what_is_too_large_is_given_but_not_kept(cache: ResponseCache) -> None:
    assert keep(cache, "a", b"x" * 2_000_000).body
    assert cache.get("a") is None


def test_replacing_does_not_count_twice(cache: ResponseCache) -> None:
    keep(cache, "first", b"y")
    for _ in range(100):
        keep(cache, "a", b"x" * 900_000)
    assert cache.get("first") is not None


def test_small_answers_to_long_questions_do_not_fill_the_memory(cache: ResponseCache) -> None:
    for number in range(20_000):
        keep(cache, f"{number}?" + "x" * 4_000)
    held = sum(len(key) + len(kept.body) for key, kept in cache._entries.items())
    assert held <= 20_000_000


def test_the_same_content_has_the_same_etag_and_other_content_another(cache: ResponseCache) -> None:
    assert keep(cache, "a", b"1").etag == keep(cache, "b", b"1").etag != keep(cache, "a", b"2").etag


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "W/{}, x", " {} ", "*"])
def test_who_has_it_already_gets_nothing_again(cache: ResponseCache, form: str) -> None:
    kept = keep(cache, "a", b"body")
    request = make_mocked_request("GET", "/", headers={"If-None-Match": form.format(kept.etag)})
    answer = kept.response(request)
    assert (answer.status, answer.headers["ETag"]) == (304, f"W/{kept.etag}")
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert not answer.body


@pytest.mark.parametrize("has", ['"other"', "", "body"])
def test_who_has_another_gets_it_whole(cache: ResponseCache, has: str) -> None:
    kept = keep(cache, "a", b"body")
    answer = kept.response(make_mocked_request("GET", "/", headers={"If-None-Match": has}))
    assert (answer.status, answer.body) == (200, b"body")


@pytest.mark.parametrize(
    ("wish", "coding"),
    [("gzip, br", "br"), ("gzip, br;q=0.5", "gzip"), ("br;q=0, gzip;q=0.1", "gzip"), ("zstd", None), ("", None)],
)
def test_an_answer_comes_in_the_coding_that_is_wished_for(cache: ResponseCache, wish: str, coding: str | None) -> None:
    page = "".join(f"<p>Bijdrage {number}</p>" for number in range(100)).encode()
    kept = keep(cache, "a", page)
    answer = kept.response(make_mocked_request("GET", "/", headers={"Accept-Encoding": wish}))
    assert isinstance(answer.body, bytes)
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert DECODE[coding](answer.body) == page
    assert (len(answer.body) < len(page) / 2) is (coding is not None)


def test_an_answer_is_compressed_once(cache: ResponseCache) -> None:
    kept = keep(cache, "a", b"<p>Bijdrage</p>" * 100)
    request = make_mocked_request("GET", "/", headers={"Accept-Encoding": "br"})
    assert kept.response(request).body is kept.response(request).body


@pytest.mark.parametrize("body", [b"short", random.Random(1).randbytes(5_000)])
def test_what_would_hardly_shrink_is_sent_as_it_is(cache: ResponseCache, body: bytes) -> None:
    kept = keep(cache, "a", body)
    for _ in range(2):
        answer = kept.response(make_mocked_request("GET", "/", headers={"Accept-Encoding": "br, gzip"}))
        assert "Content-Encoding" not in answer.headers
        assert answer.body == body


async def test_those_who_ask_at_once_wait_for_one_answer(cache: ResponseCache) -> None:
    assert await cache.in_flight("a") is None
    land = cache.take_off("a")
    waiting = [asyncio.create_task(cache.in_flight("a")) for _ in range(5)]
    await asyncio.sleep(0)
    kept = keep(cache, "a")
    land(kept)
    assert await asyncio.gather(*waiting) == [kept] * 5
    assert await cache.in_flight("a") is None


async def test_nobody_waits_for_an_answer_that_was_begun_before_a_change(cache: ResponseCache) -> None:
    land = cache.take_off("a")
    cache.clear()
    assert await cache.in_flight("a") is None
    second = cache.take_off("a")
    land(None)
    waiting = asyncio.create_task(cache.in_flight("a"))
    await asyncio.sleep(0)
    assert not waiting.done(), "the first to land is not the flight that is waited for"
    second(None)
    assert await waiting is None


async def test_who_stops_waiting_does_not_spoil_it_for_the_others(cache: ResponseCache) -> None:
    land = cache.take_off("a")
    leaves, stays = [asyncio.create_task(cache.in_flight("a")) for _ in range(2)]
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.gather(leaves, return_exceptions=True)
    kept = keep(cache, "a")
    land(kept)
    assert await stays is kept
