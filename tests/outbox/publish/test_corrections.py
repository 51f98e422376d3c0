"""Correcting an outcome, and following it up: what was said stays, who is told something else hears, steps go on."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database
from actors.kinds import ActorKind, Verdict
from actors.knowledge.outcome_tables import OutcomeRecord, OutcomeStep, OutcomeVersion
from actors.knowledge.outcomes import Given, Step, answers_of
from actors.notifications import Notification
from actors.posts.store import PostRefused
from actors.posts.tables import Post
from actors.sanitize import plain_text
from federation.errors import Unreachable
from outbox.publish.outcomes import Answered, CorrectedOutcome, correct_outcome
from outbox.publish.steps import mark_step
from outbox.tables import Delivery
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, issue_here, runs, said
from tests.outbox.publish.stage import queued, shared
from tests.outbox.publish.test_outcomes import LATER, article, feed_back, notes
from tests.outbox.stage import Peers, play, raising
from tests.support.clock import FalseClock

SAME = {"title": "Wat we deden", "source": "Dank **jullie**.", "language": "nl"}


async def correct(
    session: AsyncSession, host: Actor, post: Post, answers: Mapping[str, Given], why: str = "We vergisten ons.",
    steps: Sequence[Step] = (), **more: str,
) -> bool:  # fmt: skip
    words = SAME | more
    change = CorrectedOutcome(words["title"], words["source"], words["language"], answers, steps, why)
    return await correct_outcome(session, SITE, host, post, change, now=LATER)


async def test_who_is_told_something_else_hears_again_and_nobody_besides(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host)
        hier, daar = await here(session, "hier"), await here(session, "daar")
        bram, mo = await elsewhere(session, "bram"), await elsewhere(session, "mo", "mastodon.example")
        await runs(session, "mastodon.example", "mastodon")
        posts = {actor.handle: await said(session, actor, space_id=issue.id) for actor in (hier, daar, bram, mo)}
        answers = [Answered(post, Verdict.NOT, "Te duur.") for post in posts.values()]
        outcome = await feed_back(session, issue, host, answers)
        new = {post.uri: Given(Verdict.NOT, "Te duur.") for post in posts.values()}
        new[posts["hier"].uri] = Given(Verdict.PARTLY, "Toch iets.")
        del new[posts["mo"].uri]
        for _ in range(2):
            await correct(session, host, outcome, new)
        stored = await answers_of(session, outcome.id)
        told = [tuple(row) for row in await session.execute(select(Notification.recipient_id, Notification.kind))]
        records = [(row.version, row.reason) for row in await session.scalars(select(OutcomeRecord))]
        versions = list(await session.scalars(select(OutcomeVersion)))
        update = await article(session, "Update")
        sent = await notes(session)
    assert stored == new
    assert [pair for pair in told if pair[1] == "outcome-changed"] == [(hier.id, "outcome-changed")]
    assert records == [(2, "We vergisten ons.")]
    assert [(row.version, len(row.answers), row.content) for row in versions] == [
        (1, 4, "<p>Dank <strong>jullie</strong>.</p>")
    ]
    assert update.object["version"] == 2
    assert shared("utrecht.example", "mastodon.example") <= update.inboxes
    to_mo = [plain_text(one.object["content"]) for one in sent if one.object["to"] == [mo.uri]]
    assert len(to_mo) == 2
    assert "hierover staat er nu niets meer in" in to_mo[1]
    assert len([one for one in sent if one.object["to"] == [bram.uri]]) == 1


@pytest.mark.parametrize("why", ["", "  ", "nul\0", "x" * 1_001])
async def test_a_correction_needs_a_reason_that_can_be_kept(database: Database, why: str) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        outcome = await feed_back(session, await issue_here(session, host), host, [])
        with pytest.raises(PostRefused) as refused:
            await correct(session, host, outcome, {}, why, title="Anders")
        assert refused.value.field == "why"


async def test_only_steps_that_change_are_no_correction(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        outcome = await feed_back(session, await issue_here(session, host), host, [])
        assert not await correct(session, host, outcome, {}, "", [Step("Lampen", "Beheer", MOMENT)])
        assert list(await session.scalars(select(OutcomeVersion))) == []
        assert (await article(session, "Update")).object["followUp"][0]["name"] == "Lampen"


async def test_a_correction_answers_nothing_of_another_conversation(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, other = await issue_here(session, host), await issue_here(session, host, "wonen")
        outcome = await feed_back(session, issue, host, [])
        strange = await said(session, await elsewhere(session, "bram"), space_id=other.id)
        for uri in (strange.uri, "https://elders.example/notes/1"):
            with pytest.raises(PostRefused):
                await correct(session, host, outcome, {uri: Given(Verdict.NOT, "Nee.")})


async def test_nobody_else_corrects_it_or_ticks_off_its_steps(database: Database) -> None:
    async with database.writing() as session:
        host, other = await here(session, "tilburg", ActorKind.ORGANISATION), await here(session, "ander")
        outcome = await feed_back(session, await issue_here(session, host), host, [])
        await correct(session, host, outcome, {}, "", [Step("Lampen")])
        step = (await session.scalars(select(OutcomeStep))).one()
        with pytest.raises(PostRefused):
            await correct(session, other, outcome, {}, title="Anders")
        with pytest.raises(PostRefused):
            await mark_step(session, SITE, other, outcome, step, done=True, note="", now=LATER)


async def test_a_step_keeps_its_place_and_what_was_done(database: Database) -> None:
    async with database.writing() as session:
        host, volger = await here(session, "tilburg", ActorKind.ORGANISATION), await here(session, "volger")
        issue = await issue_here(session, host)
        await follows(session, volger, issue)
        outcome = await feed_back(session, issue, host, [])
        await correct(session, host, outcome, {}, "", [Step("Lampen"), Step("Bankje")])
        lamps, bench = await session.scalars(select(OutcomeStep).order_by(OutcomeStep.number))
        assert await mark_step(session, SITE, host, outcome, lamps, done=True, note="Ze hangen.", now=LATER)
        assert not await mark_step(session, SITE, host, outcome, lamps, done=True, note="Ze hangen.", now=LATER)
        assert await mark_step(session, SITE, host, outcome, lamps, done=True, note="Alle tien.", now=LATER)
        kept = Step("Lampen", number=1, done_at=lamps.done_at, note=lamps.note)
        await correct(session, host, outcome, {}, "", [kept, Step("Prullenbak")])
        rows = list(await session.scalars(select(OutcomeStep).order_by(OutcomeStep.number)))
        told = list(await session.scalars(select(Notification.kind).where(Notification.recipient_id == volger.id)))
    assert [(row.number, row.what, row.note) for row in rows] == [(1, "Lampen", "Alle tien."), (3, "Prullenbak", "")]
    assert (rows[0].id, rows[0].done_at) == (lamps.id, LATER)
    assert bench.id not in {row.id for row in rows}
    assert told.count("outcome-step") == 1


async def test_a_server_that_is_away_for_a_day_gets_outcome_correction_and_note(
    database: Database, clock: FalseClock
) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, bram = await issue_here(session, host), await elsewhere(session, "bram")
        contribution = await said(session, bram, space_id=issue.id)
        outcome = await feed_back(session, issue, host, [Answered(contribution, Verdict.NOT, "Nee.")])
        await correct(session, host, outcome, {contribution.uri: Given(Verdict.PARTLY, "Toch.")})
        created = {one.read.id: one for one in await queued(session)}
        await session.execute(update(Delivery).values(next_at=clock()))
    peers = Peers()
    peers.behaviours["utrecht.example"] = raising(Unreachable("no connection"))
    await play(database, peers, clock, timedelta(days=1))
    assert not peers.got
    del peers.behaviours["utrecht.example"]
    await play(database, peers, clock, timedelta(days=2))
    got = [activity for _, activity in peers.got]
    kinds = sorted((created[one].type, created[one].object["type"]) for one in got if created[one].read.object)
    assert ("Create", "Article") in kinds
    assert ("Update", "Article") in kinds
    assert kinds.count(("Create", "Note")) == 2
    assert set(peers.got.values()) == {1}
