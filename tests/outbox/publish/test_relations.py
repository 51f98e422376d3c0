"""Following, and no longer following, here and elsewhere."""

import pytest
from sqlalchemy import func, select

from actors.database import Database
from actors.kinds import ActorKind, FollowState
from actors.notifications import Notification
from actors.relations import Follow, follow_between
from outbox.publish.relations import FollowRefused, answer_follow, follow, unfollow
from tests.actors.cast import MOMENT, SITE, blocks, elsewhere, follows, here, issue_here
from tests.outbox.publish.stage import queued, the_only


async def test_who_lives_elsewhere_is_asked_at_their_own_inbox(database: Database) -> None:
    async with database.writing() as session:
        fatima, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        wanted = await follow(session, SITE, fatima, bram, now=MOMENT)
        asked = await the_only(session, "Follow")
    assert wanted.state is FollowState.PENDING
    assert wanted.uri == asked.read.id
    assert (asked.read.actor, asked.read.object_id, asked.read.to) == (fatima.uri, bram.uri, (bram.uri,))
    assert asked.inboxes == {bram.inbox}
    assert not asked.row.is_public


async def test_who_did_not_answer_is_asked_again_and_who_accepted_is_not(database: Database) -> None:
    async with database.writing() as session:
        fatima, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        first = await follow(session, SITE, fatima, bram, now=MOMENT)
        again = await follow(session, SITE, fatima, bram, now=MOMENT)
        assert first.id == again.id
        asked = await queued(session, "Follow")
        assert len(asked) == 2
        assert again.uri == asked[1].read.id
        again.state = FollowState.REJECTED
        assert (await follow(session, SITE, fatima, bram, now=MOMENT)).state is FollowState.PENDING
        again.state = FollowState.ACCEPTED
        await follow(session, SITE, fatima, bram, now=MOMENT)
        assert len(await queued(session, "Follow")) == 3
        assert await session.scalar(select(func.count()).select_from(Follow)) == 1


async def test_who_lives_here_accepts_at_once_and_hears_of_it(database: Database) -> None:
    async with database.writing() as session:
        fatima, hier = await here(session, "fatima"), await here(session, "hier")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        assert (await follow(session, SITE, fatima, hier, now=MOMENT)).state is FollowState.ACCEPTED
        assert (await follow(session, SITE, fatima, issue, now=MOMENT)).state is FollowState.ACCEPTED
        told = (await session.execute(select(Notification.recipient_id, Notification.kind))).all()
        assert [tuple(row) for row in told] == [(hier.id, "follow")]
        assert await queued(session) == []


async def test_who_decides_each_time_is_asked_here(database: Database) -> None:
    async with database.writing() as session:
        fatima, hier = await here(session, "fatima"), await here(session, "hier")
        hier.manually_approves = True
        wanted = await follow(session, SITE, fatima, hier, now=MOMENT)
        assert wanted.state is FollowState.PENDING
        assert (await session.scalars(select(Notification.kind))).one() == "follow_request"
        await answer_follow(session, SITE, wanted, fatima, hier, accept=True, now=MOMENT)
        assert wanted.state is FollowState.ACCEPTED
        assert await queued(session) == []


@pytest.mark.parametrize(("accept", "verb"), [(True, "Accept"), (False, "Reject")])
async def test_who_asks_from_elsewhere_gets_the_answer(database: Database, accept: bool, verb: str) -> None:
    async with database.writing() as session:
        fatima, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        wanted = await follows(session, bram, fatima, FollowState.PENDING)
        await answer_follow(session, SITE, wanted, bram, fatima, accept=accept, now=MOMENT)
        answer = await the_only(session, verb)
    assert wanted.state is (FollowState.ACCEPTED if accept else FollowState.REJECTED)
    assert answer.read.actor == fatima.uri
    assert answer.inboxes == {bram.inbox}
    assert (answer.object["type"], answer.object["id"]) == ("Follow", wanted.uri)
    assert (answer.object["actor"], answer.object["object"]) == (bram.uri, fatima.uri)


async def test_no_longer_following_undoes_what_was_asked(database: Database) -> None:
    async with database.writing() as session:
        fatima, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        await follow(session, SITE, fatima, bram, now=MOMENT)
        asked = await the_only(session, "Follow")
        assert await unfollow(session, SITE, fatima, bram, now=MOMENT)
        undone = await the_only(session, "Undo")
        assert await follow_between(session, fatima.id, bram.id) is None
        assert not await unfollow(session, SITE, fatima, bram, now=MOMENT)
    assert undone.inboxes == {bram.inbox}
    assert undone.object["id"] == asked.read.id
    assert (undone.object["type"], undone.object["actor"], undone.object["object"]) == ("Follow", fatima.uri, bram.uri)


async def test_no_longer_following_who_lives_here_tells_nobody(database: Database) -> None:
    async with database.writing() as session:
        fatima, hier = await here(session, "fatima"), await here(session, "hier")
        await follow(session, SITE, fatima, hier, now=MOMENT)
        assert await unfollow(session, SITE, fatima, hier, now=MOMENT)
        assert await queued(session) == []


async def test_oneself_who_is_gone_and_who_blocks_cannot_be_followed(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
        gone = await elsewhere(session, "gone", deleted_at=MOMENT)
        suspended = await elsewhere(session, "suspended", suspended_at=MOMENT)
        blocker = await elsewhere(session, "blocker")
        await blocks(session, blocker, fatima)
        for actor in (fatima, gone, suspended, blocker):
            with pytest.raises(FollowRefused):
                await follow(session, SITE, fatima, actor, now=MOMENT)
        assert await queued(session) == []
        assert await session.scalar(select(func.count()).select_from(Follow)) == 0
