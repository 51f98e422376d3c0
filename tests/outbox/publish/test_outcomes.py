"""Feeding back: everyone who contributed hears what was done with it, and the issue moves on."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase, PostKind, Verdict
from actors.knowledge.tables import Answer
from actors.notifications import Notification
from actors.posts.store import PostRefused
from actors.posts.tables import Post
from federation.documents import PostDocument
from outbox.publish.outcomes import Answered, publish_outcome
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, issue_here, runs, said
from tests.outbox.publish.stage import Queued, queued, shared

LATER = MOMENT + timedelta(days=30)


async def feed_back(session: AsyncSession, issue: Actor, by: Actor, answers: list[Answered], **more: str) -> Post:
    words = {"title": "Wat we deden", "source": "Dank **jullie**."} | more
    return await publish_outcome(session, SITE, issue, by=by, answers=answers, now=LATER, **words)


async def article(session: AsyncSession, verb: str = "Create") -> Queued:
    """Return the one activity of an outcome itself."""
    (one,) = [one for one in await queued(session, verb) if one.object["type"] == "Article"]
    return one


async def notes(session: AsyncSession, verb: str = "Create") -> list[Queued]:
    """Return what was sent to contributors one by one."""
    found = [one for one in await queued(session, verb) if one.object["type"] in {"Note", "Tombstone"}]
    return [one for one in found if "/antwoorden/" in one.object["id"]]


async def test_who_contributed_hears_what_was_done_with_it(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host)
        hier, bram = await here(session, "hier"), await elsewhere(session, "bram")
        await elsewhere(session, "stil", "silent.example")
        answers = [
            Answered(await said(session, hier, space_id=issue.id), Verdict.ADOPTED, "Dat doen we."),
            Answered(await said(session, bram, space_id=issue.id), Verdict.NOT, "Dat kan niet."),
        ]
        post = await feed_back(session, issue, host, answers)
        create = await article(session)
        told = (await session.execute(select(Notification.recipient_id, Notification.kind, Notification.post_id))).all()
        stored = {row.contribution_uri: (row.verdict, row.reason) for row in await session.scalars(select(Answer))}
    assert post.kind is PostKind.OUTCOME
    assert create.read.actor == host.uri
    assert create.inboxes == shared("utrecht.example")
    assert {hier.uri, bram.uri} <= set(create.read.cc)
    read = PostDocument.read(create.object)
    assert read.type == "Article"
    assert {(one.contribution, one.verdict, one.reason) for one in read.answers} == {
        (answer.contribution.uri, answer.verdict.value, answer.reason) for answer in answers
    }
    assert (hier.id, "outcome", post.id) in [tuple(row) for row in told]
    assert not [row for row in told if row.recipient_id == bram.id]
    assert stored == {answer.contribution.uri: (answer.verdict, answer.reason) for answer in answers}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Phase.SIGNALLED, Phase.FEEDBACK), (Phase.AGENDA, Phase.FEEDBACK), (Phase.CONVERSATION, Phase.FEEDBACK),
        (Phase.FEEDBACK, Phase.FEEDBACK), (Phase.CLOSED, Phase.CLOSED),
    ],
)  # fmt: skip
async def test_the_issue_moves_on_unless_it_is_past_that(database: Database, before: Phase, after: Phase) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host, phase=before)
        await feed_back(session, issue, host, [])
        assert (await session.get_one(Issue, issue.id)).phase is after
        updates = await queued(session, "Update")
    assert len(updates) == (before is not after)


async def test_an_outcome_is_passed_on_in_both_styles(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host)
        for name in ("mastodon", "samenspraak"):
            await follows(session, await elsewhere(session, "v", f"{name}.example"), issue)
            await runs(session, f"{name}.example", name)
        post = await feed_back(session, issue, host, [])
        wrapped, bare = sorted(await queued(session, "Announce"), key=lambda one: not one.is_wrapped)
    assert wrapped.inboxes == shared("samenspraak.example")
    assert bare.inboxes == shared("mastodon.example")
    assert bare.document["object"] == post.uri


async def test_only_the_organisation_that_hosts_an_issue_here_gives_feedback_on_it(database: Database) -> None:
    async with database.writing() as session:
        ours = await here(session, "tilburg", ActorKind.ORGANISATION)
        host = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION)
        foreign = await elsewhere(session, "wonen", kind=ActorKind.ISSUE)
        hostless = await elsewhere(session, "zwevend", kind=ActorKind.ISSUE)
        group = await elsewhere(session, "groep", kind=ActorKind.GROUP)
        for issue, host_id in ((foreign, host.id), (hostless, None)):
            session.add(
                Issue(actor_id=issue.id, host_id=host_id, question="?", phase=Phase.AGENDA, published_at=MOMENT)
            )
        await session.flush()
        for issue in (foreign, hostless, group, ours):
            with pytest.raises(PostRefused):
                await feed_back(session, issue, ours, [])
        assert await queued(session) == []


async def test_what_was_said_elsewhere_is_not_answered_here(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, other = await issue_here(session, host), await issue_here(session, host, "wonen")
        for place in (other.id, None):
            contribution = await said(session, host, space_id=place)
            with pytest.raises(PostRefused):
                await feed_back(session, issue, host, [Answered(contribution, Verdict.ADOPTED, "")])


@pytest.mark.parametrize(
    ("words", "field"), [({"title": ""}, "title"), ({"source": " "}, "text"), ({"source": "x" * 100_001}, "text")]
)
async def test_an_outcome_that_will_not_do_is_refused(database: Database, words: dict[str, str], field: str) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        with pytest.raises(PostRefused) as refused:
            await feed_back(session, await issue_here(session, host), host, [], **words)
        assert refused.value.field == field


@pytest.mark.parametrize("reason", ["a\0b", "a\ud800", "x" * 5_001])
async def test_a_reason_that_cannot_be_stored_is_refused(database: Database, reason: str) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host)
        contribution = await said(session, host, space_id=issue.id)
        with pytest.raises(PostRefused) as refused:
            await feed_back(session, issue, host, [Answered(contribution, Verdict.NOT, reason)])
        assert refused.value.field == "answers"


async def test_one_who_contributed_twice_is_addressed_once(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, bram = await issue_here(session, host), await elsewhere(session, "bram")
        answers = [Answered(await said(session, bram, space_id=issue.id), Verdict.PARTLY, "Ja") for _ in range(2)]
        await feed_back(session, issue, host, answers)
        create = await article(session)
        assert len(await notes(session)) == 1
    assert create.read.cc.count(bram.uri) == 1
    assert len(PostDocument.read(create.object).answers) == 2
