"""Upkeep: what others run is known, and what need not be kept goes."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from actors.instances.tables import Instance
from actors.media.store import DocumentStore
from actors.posts.tables import Tombstone
from actors.relations import Revoked
from inbox import caretaker
from inbox.backfill import Backfill
from inbox.caretaker import Caretaker, describe_instances, prune
from inbox.tables import Arrival, ArrivalState
from tests.inbox.peers import Remote, World
from tests.inbox.stage import SITE, Stage


def serve_nodeinfo(world: World, host: str, software: str) -> None:
    async def links(_request: web.Request) -> web.Response:
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return web.json_response({"links": [{"rel": rel, "href": f"https://{host}/nodeinfo/2.0"}]})

    async def document(_request: web.Request) -> web.Response:
        return web.json_response(
            {"software": {"name": software, "version": "4.3"}, "metadata": {"nodeName": "<b>X</b>"}}
        )

    world.answers[f"https://{host}/.well-known/nodeinfo"] = links
    world.answers[f"https://{host}/nodeinfo/2.0"] = document


async def test_the_servers_of_followers_are_asked_what_they_run(stage: Stage) -> None:
    for host, software in (("mastodon.example", "mastodon"), ("lemmy.example", "lemmy")):
        serve_nodeinfo(stage.world, host, software)
        await stage.add_follow(await stage.meet(Remote(stage.world, host, "f")), stage.issue)
    assert await describe_instances(stage.database, stage.client, now=stage.clock()) == 2
    rows = await stage.rows(Instance)
    assert {row.domain: (row.software, row.name) for row in rows} == {
        "mastodon.example": ("mastodon", "X"),
        "lemmy.example": ("lemmy", "X"),
    }
    asked = stage.world.asked.total()
    assert await describe_instances(stage.database, stage.client, now=stage.clock()) == 0
    assert stage.world.asked.total() == asked
    stage.clock.advance(timedelta(days=8))
    assert await describe_instances(stage.database, stage.client, now=stage.clock()) == 2


async def test_who_does_not_say_is_asked_again_the_next_day(stage: Stage) -> None:
    await stage.add_follow(await stage.meet(Remote(stage.world, "bad.example", "f")), stage.issue)
    for day, asked in enumerate((1, 1, 2)):
        await describe_instances(stage.database, stage.client, now=stage.clock())
        assert stage.world.asked.total() == asked, day
        stage.clock.advance(timedelta(hours=13))


async def test_old_memories_go(stage: Stage) -> None:
    async with stage.database.writing() as session:
        for days in (1, 89, 91, 400):
            moment = stage.clock() - timedelta(days=days)
            session.add(Revoked(uri=f"https://a.example/{days}", actor_uri="https://a.example/", created_at=moment))
            session.add(Tombstone(uri=f"https://a.example/{days}", actor_uri="https://a.example/", created_at=moment))
    await prune(stage.database, now=stage.clock())
    for table in (Revoked, Tombstone):
        assert {row.uri.rpartition("/")[2] for row in await stage.rows(table)} == {"1", "89"}


async def test_too_many_memories_go_oldest_first(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caretaker, "_MOST_REMEMBERED", 3)
    monkeypatch.setattr(caretaker, "_CHUNK", 2)
    async with stage.database.writing() as session:
        for hours in range(10):
            moment = stage.clock() - timedelta(hours=hours)
            session.add(Revoked(uri=f"https://a.example/{hours}", actor_uri="https://a.example/", created_at=moment))
    await prune(stage.database, now=stage.clock())
    assert {row.uri.rpartition("/")[2] for row in await stage.rows(Revoked)} == {"0", "1", "2"}


async def test_bodies_of_what_failed_are_kept_for_a_month(stage: Stage, anna: Remote) -> None:
    actor = await stage.meet(anna)
    async with stage.database.writing() as session:
        for days in (29, 31):
            session.add(
                Arrival(
                    id=days, fingerprint=bytes([days]) * 32, actor_id=actor.id, body=b"{}", state=ArrivalState.FAILED,
                    next_at=stage.clock(), received_at=stage.clock() - timedelta(days=days),
                )
            )  # fmt: skip
    await prune(stage.database, now=stage.clock())
    assert [row.body for row in await stage.rows(Arrival)] == [b"{}", None]


async def test_arrivals_without_effect_go_after_a_while_and_others_stay(
    stage: Stage, anna: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caretaker, "_CHUNK", 2)
    actor = await stage.meet(anna)
    ages = (1, 29, 31, 89, 91, 400)
    async with stage.database.writing() as session:
        for number, (state, days) in enumerate((state, days) for state in ArrivalState for days in ages):
            session.add(
                Arrival(
                    id=number + 1, fingerprint=bytes([number + 1]) * 32, actor_id=actor.id, body=None, state=state,
                    next_at=stage.clock(), received_at=stage.clock() - timedelta(days=days),
                )
            )  # fmt: skip
    await prune(stage.database, now=stage.clock())
    left: dict[ArrivalState, list[int]] = {state: [] for state in ArrivalState}
    for row in await stage.rows(Arrival):
        left[row.state].append((stage.clock() - row.received_at).days)
    assert {state: sorted(days) for state, days in left.items()} == {
        ArrivalState.WAITING: list(ages),
        ArrivalState.DONE: list(ages),
        ArrivalState.FAILED: [1, 29, 31, 89],
        ArrivalState.IGNORED: [1, 29],
        ArrivalState.REFUSED: [1, 29],
    }


async def test_what_had_an_effect_has_none_again_after_years(stage: Stage, anna: Remote) -> None:
    activity = anna.create(anna.note(to=[stage.fatima.uri]))
    await stage.hear(anna, activity)
    before = await stage.state()
    stage.clock.advance(timedelta(days=800))
    await prune(stage.database, now=stage.clock())
    assert await stage.hear(anna, activity) == (ArrivalState.DONE, "")
    assert await stage.state() == before


async def test_a_turn_does_what_is_due(stage: Stage, tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    unused = await store.put(b"%PDF-nooit", "gids.pdf")
    path = store.path(unused.digest)
    assert path is not None
    os.utime(path, (0, 0))
    backfill = Backfill(stage.database, SITE, stage.resolver, stage.client)
    keeper = Caretaker(stage.database, stage.client, store, SITE, backfill, clock=stage.clock)
    await keeper.turn()
    assert store.path(unused.digest) is None
    await store.put(b"%PDF-nooit", "gids.pdf")
    os.utime(path, (0, 0))
    await keeper.turn()
    assert store.path(unused.digest) == path
    stage.clock.advance(timedelta(days=1))
    await keeper.turn()
    assert store.path(unused.digest) is None
