"""Linking with another instance, taking in what it has, and ending the link."""

from pathlib import Path

import pytest

from actors.audit import AuditEntry
from actors.instances.tables import Instance
from actors.media.store import DocumentStore
from actors.relations import Follow
from federation.errors import OriginError
from inbox.backfill import Backfill
from inbox.caretaker import Caretaker
from inbox.linking import link_instance, unlink_instance
from tests.inbox.peers import World
from tests.inbox.stage import SITE, Stage
from tests.inbox.test_backfill import HOST, Neighbour


@pytest.fixture
def neighbour(world: World) -> Neighbour:
    return Neighbour(world)


def backfill_of(stage: Stage) -> Backfill:
    return Backfill(stage.database, SITE, stage.resolver, stage.client)


async def link(stage: Stage) -> Instance:
    return await link_instance(stage.database, SITE, backfill_of(stage), HOST, by=stage.fatima.id, now=stage.clock())


async def test_a_link_is_a_row_a_follow_by_the_server_and_an_entry_in_the_log(
    stage: Stage, neighbour: Neighbour
) -> None:
    instance = await link(stage)
    assert (instance.domain, instance.linked_at is not None) == (HOST, True)
    (follow,) = await stage.rows(Follow)
    assert follow.follower_id == stage.local["instantie"].id
    assert [document["type"] for document in await stage.said()] == ["Follow"]
    (entry,) = await stage.rows(AuditEntry)
    assert (entry.act, entry.actor_id, entry.object_name) == ("link-added", stage.fatima.id, HOST)


async def test_ending_it_undoes_the_follow(stage: Stage, neighbour: Neighbour) -> None:
    await link(stage)
    async with stage.database.writing() as session:
        for done in (True, False):
            ended = await unlink_instance(session, SITE, HOST, by=stage.fatima.id, now=stage.clock())
            assert ended is done
    assert await stage.rows(Follow) == []
    assert [document["type"] for document in await stage.said()] == ["Follow", "Undo"]
    (row,) = await stage.rows(Instance, Instance.domain == HOST)
    assert row.linked_at is None
    assert [entry.act for entry in await stage.rows(AuditEntry)] == ["link-added", "link-removed"]


async def test_a_blocked_server_is_not_linked(stage: Stage, neighbour: Neighbour) -> None:
    async with stage.database.writing() as session:
        session.add(Instance(domain=HOST, policy="suspended", created_at=stage.clock()))
    with pytest.raises(OriginError):
        await link(stage)
    (row,) = await stage.rows(Instance)
    assert row.linked_at is None
    assert await stage.rows(Follow) == []


async def test_the_caretaker_takes_in_what_a_new_link_has_published_once(
    stage: Stage, neighbour: Neighbour, tmp_path: Path
) -> None:
    neighbour.list(f"https://{HOST}/gemeente/issues", [neighbour.issue.uri])
    neighbour.list(f"https://{HOST}/gemeente/knowledge", [])
    await link(stage)
    keeper = Caretaker(
        stage.database, stage.client, DocumentStore(tmp_path), SITE, backfill_of(stage), clock=stage.clock
    )
    await keeper.turn()
    assert await stage.actor(neighbour.issue.uri) is not None
    (row,) = await stage.rows(Instance, Instance.domain == HOST)
    assert row.backfilled_at is not None
    asked = neighbour.world.asked.copy()
    await keeper.turn()
    assert neighbour.world.asked == asked
