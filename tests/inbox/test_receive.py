"""Arrivals are checked, stored once, and acknowledged only then."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from actors.group_commit import Overloaded
from federation.documents import dump
from federation.errors import FederationError, OriginError, SignatureError
from inbox.receive import Receipt, Receiver
from inbox.tables import Arrival, ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import INBOX, SITE, Stage


async def test_what_is_accepted_is_stored_before_it_is_acknowledged(stage: Stage, anna: Remote) -> None:
    activity = anna.create(anna.note(to=[stage.fatima.uri]))
    assert await stage.send(anna, activity) is Receipt.ACCEPTED
    (arrival,) = await stage.rows(Arrival)
    assert arrival.state is ArrivalState.WAITING
    assert json.loads(arrival.body) == activity


async def test_24_parallel_copies_have_one_effect(stage: Stage, anna: Remote) -> None:
    activity = anna.create(anna.note(to=[stage.fatima.uri]))
    receipts = await asyncio.gather(*(stage.send(anna, activity) for _ in range(24)))
    assert sorted(receipt.name for receipt in receipts) == ["ACCEPTED", *["DUPLICATE"] * 23]
    await stage.handle()
    assert await stage.fates() == [(ArrivalState.DONE, "")]
    assert len((await stage.state())["posts"]) == 1


async def test_a_replay_after_30_days_has_no_effect(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[stage.fatima.uri])
    activity = anna.create(note)
    await stage.hear(anna, activity, anna.activity("Delete", note["id"]))
    before = await stage.state()
    stage.clock.advance(timedelta(days=30))
    assert await stage.send(anna, activity) is Receipt.DUPLICATE
    await stage.handle()
    assert await stage.state() == before


async def test_a_request_that_was_recorded_is_refused_later(stage: Stage, anna: Remote) -> None:
    body = dump(anna.create(anna.note(to=[stage.fatima.uri])))
    headers = anna.signed(body, INBOX, stage.clock())
    stage.clock.advance(timedelta(hours=13))
    with pytest.raises(SignatureError):
        await stage.receiver.receive("POST", "/inbox", headers, body, now=stage.clock())


async def test_the_actor_must_be_the_signer(stage: Stage, anna: Remote) -> None:
    bram = stage.world.person(handle="bram")
    with pytest.raises(OriginError):
        await stage.send(bram, anna.create(anna.note(to=[stage.fatima.uri])))
    assert await stage.rows(Arrival) == []


async def test_an_activity_with_an_id_of_another_server_is_refused(stage: Stage, anna: Remote) -> None:
    activity = anna.create(anna.note(to=[stage.fatima.uri])) | {"id": "https://rotterdam.example/activities/1"}
    with pytest.raises(OriginError):
        await stage.send(anna, activity)


async def test_an_activity_of_an_unknown_kind_is_answered_and_not_kept(stage: Stage, anna: Remote) -> None:
    assert await stage.send(anna, anna.activity("Listen", "https://utrecht.example/songs/1")) is Receipt.IGNORED
    assert await stage.rows(Arrival) == []


async def test_the_delete_of_an_actor_that_we_never_met_costs_no_fetch_and_no_row(stage: Stage) -> None:
    stranger = stage.world.person("gone.example", "weg")
    stage.world.withdraw(stranger.uri)
    assert await stage.send(stranger, stranger.activity("Delete", stranger.uri)) is Receipt.IGNORED
    assert stage.world.asked.total() <= 1
    assert await stage.rows(Arrival) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "https://utrecht.example/1\\u0000", "type": "Create"}',
        b'{"id": "https://utrecht.example/1", "type": "Create", "name": "\\ud800"}',
        b'{"type": "Create", "n": ' + b"9" * 6_000 + b"}",
        b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
        b'{"type": "Create", "type": "Delete"}',
        b'{"type": "Create", "n": NaN}',
        b"\xff\xfe",
        b"[]",
        b"",
        b"{}",
        b'{"id": 5, "type": ["Create", 3], "actor": {"id": []}}',
        b'{"id": "https://utrecht.example/1", "type": "Create", "actor": "https://utrecht.example/anna", '
        b'"object": {"id": "https://utrecht.example/2", "type": "Note", "attributedTo": {"id": "x"}}}',
        b'{"id": "https://utrecht.example/1", "type": "Create", "actor": "https://utrecht.example/anna", "to": '
        + json.dumps([f"https://utrecht.example/{n}" for n in range(101)]).encode()
        + b"}",
    ],
    ids=lambda body: body[:24].decode("ascii", "replace"),
)
async def test_hostile_json_is_refused_as_the_senders_mistake(stage: Stage, anna: Remote, body: bytes) -> None:
    with pytest.raises(FederationError) as refused:
        await stage.send_bytes(anna, body)
    assert 400 <= refused.value.http_status < 500
    assert await stage.rows(Arrival) == []


async def test_peers_are_sent_away_when_too_much_waits(stage: Stage, anna: Remote) -> None:
    receiver = Receiver(stage.database, SITE, stage.authenticator, most_waiting=2, clock=stage.clock.monotonic)
    for number in range(3):
        body = dump(anna.create(anna.note(f"<p>{number}</p>", to=[stage.fatima.uri])))
        headers = anna.signed(body, INBOX, stage.clock())
        if number < 2:
            await receiver.receive("POST", "/inbox", headers, body, now=stage.clock())
            continue
        stage.clock.advance(3)
        with pytest.raises(Overloaded):
            await receiver.receive("POST", "/inbox", headers, body, now=stage.clock())
    assert len(await stage.rows(Arrival)) == 2


async def test_an_actor_that_vanishes_while_it_speaks_does_not_take_others_along(stage: Stage, anna: Remote) -> None:
    bram = stage.world.person(handle="bram")
    await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
    await stage.send(bram, bram.create(bram.note(to=[stage.fatima.uri])))
    gone = await stage.actor(anna.uri)
    async with stage.database.writing() as session:
        await session.delete(gone)
    results = await asyncio.gather(
        stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))),
        stage.send(bram, bram.create(bram.note(to=[stage.fatima.uri]))),
        return_exceptions=True,
    )
    assert isinstance(results[0], FederationError)
    assert results[0].http_status == 503
    assert results[1] is Receipt.ACCEPTED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_somebody_else_holds_the_database_peers_are_sent_away_in_good_time(
    stage: Stage, anna: Remote
) -> None:
    await stage.meet(anna)
    receiver = Receiver(stage.database, SITE, stage.authenticator, seconds=0.2)
    body = dump(anna.create(anna.note(to=[stage.fatima.uri])))
    headers = anna.signed(body, INBOX, stage.clock())
    with closing(sqlite3.connect(str(stage.database.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(5):
            for _ in range(3):
                with pytest.raises(Overloaded):
                    await receiver.receive("POST", "/inbox", headers, body, now=stage.clock())
        other.execute("COMMIT")
    await receiver.close()
    # What was begun is stored after all, once; the sender who comes again is told so.
    assert len(await stage.rows(Arrival)) == 1
    assert await stage.send_bytes(anna, body) is Receipt.DUPLICATE
