"""One attempt, and what it means."""

import asyncio
import time

import pytest

from federation.addresses import AddressPolicy
from federation.client import Answer, Client
from federation.errors import AddressRefused, Unreachable
from federation.keys import SigningKey
from outbox.delivery import Outcome, Result, attempt, clean, judge
from tests.outbox.stage import Peers, raising
from tests.support.keys import key_pair

KEY = SigningKey("https://tilburg.example/actor#main-key", key_pair()[0])
INBOX = "https://utrecht.example/inbox"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.DELIVERED), (202, Result.DELIVERED), (204, Result.DELIVERED),
        (301, Result.RETRY), (308, Result.RETRY),
        (401, Result.RETRY), (403, Result.RETRY), (404, Result.RETRY), (408, Result.RETRY), (409, Result.RETRY),
        (400, Result.REFUSED), (405, Result.REFUSED), (410, Result.REFUSED), (413, Result.REFUSED),
        (422, Result.REFUSED), (451, Result.REFUSED), (501, Result.REFUSED),
        (429, Result.HOST_FAILED), (500, Result.HOST_FAILED), (502, Result.HOST_FAILED), (503, Result.HOST_FAILED),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, result: Result) -> None:
    assert judge(Answer(status, 30.0, "so")).result is result


def test_the_wish_and_the_words_of_a_peer_are_kept() -> None:
    assert judge(Answer(503, 30.0, "too busy")) == Outcome(Result.HOST_FAILED, 503, "too busy", 30.0)


def test_words_of_a_peer_fit_a_column() -> None:
    assert clean("a\0b\ud800c") == "ab?c"
    assert len(clean("x" * 10_000)) == 300


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Unreachable("no route"), Result.HOST_FAILED),
        (AddressRefused("127.0.0.1"), Result.HOST_FAILED),
        (RuntimeError("a bug"), Result.RETRY),
    ],
)
async def test_every_failure_is_an_outcome(error: Exception, result: Result) -> None:
    peers = Peers()
    peers.behaviours[INBOX] = raising(error)
    outcome = await attempt(peers, INBOX, b'{"id": "x"}', KEY)
    assert outcome.result is result
    assert str(error) in outcome.error


async def test_a_peer_that_hangs_costs_its_patience_and_no_more() -> None:
    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Client(AddressPolicy.parse(f"127.0.0.1:{port}"), user_agent="test") as client:
        started = time.monotonic()
        outcome = await attempt(client, f"http://127.0.0.1:{port}/inbox", b"{}", KEY, patience=0.3)
    assert outcome.result is Result.HOST_FAILED
    assert time.monotonic() - started < 1
    server.close()
