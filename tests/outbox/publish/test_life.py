"""An issue through its phases, and a promise that moves: with reasons, in documents, in timelines and notifications."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database, now
from actors.issues.life import LONGEST_REASON, needs_reason
from actors.issues.tables import Issue, PhaseChange, Promise
from actors.issues.voices import perspectives_present
from actors.kinds import ActorKind, Phase
from actors.notifications import Notification
from actors.posts.tables import Post
from federation.audience import Visibility
from federation.documents import ActorDocument
from federation.errors import Unreachable
from outbox.publish.issues import IssueDraft, IssueRefused, publish_issue
from outbox.publish.life import move_issue, move_promise
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, runs, said
from tests.outbox.publish.stage import queued, shared, the_only
from tests.outbox.stage import Peers, answer_ok, counts, play, raising
from tests.support.clock import FalseClock
from tests.support.keys import key_pair, key_ring

DAY = timedelta(days=1)


async def an_issue(session: AsyncSession, **more: Any) -> tuple[Actor, Actor, Actor]:
    """Return an issue on the agenda, its host, and the editor who published it; a server follows it."""
    host = await here(session, "tilburg", ActorKind.ORGANISATION)
    editor = await here(session, "karin")
    draft = IssueDraft("Veilig online", "Wat nu?", feedback_by=MOMENT + 30 * DAY, **more)
    issue = await publish_issue(
        session, SITE, key_ring(), key_pair(), host=host, by=editor, draft=draft, now=MOMENT
    )  # fmt: skip
    await follows(session, await elsewhere(session, "b", "b.example"), issue)
    await runs(session, "b.example", "mastodon")
    return issue, host, editor


async def test_a_step_is_dated_says_who_and_why_and_is_told_everywhere(database: Database) -> None:
    async with database.writing() as session:
        issue, host, editor = await an_issue(session)
        fatima = await here(session, "fatima")
        for follower in (fatima, editor):
            await follows(session, follower, issue)
        change = await move_issue(
            session, SITE, issue, Phase.CONVERSATION, by=editor, reason="Er zijn genoeg mensen.", now=MOMENT + DAY
        )
        assert change is not None
        update = await the_only(session, "Update")
        read = ActorDocument.read(update.object)
        told = [(one.phase, one.at, one.actor, one.reason) for one in read.phase_changes]
        # The organisation answers for what its editors do; the log says who it was.
        assert told == [
            ("agenda", MOMENT, host.uri, ""), ("conversation", MOMENT + DAY, host.uri, "Er zijn genoeg mensen."),
        ]  # fmt: skip
        assert change.by_id == editor.id
        notified = (await session.scalars(select(Notification).where(Notification.kind == "issue-phase"))).one()
        assert (notified.recipient_id, notified.from_id, notified.about_id, notified.thing_id) == (
            fatima.id, host.id, issue.id, change.id,
        )  # fmt: skip
        step = await session.get_one(Post, change.post_id)
        assert step.author_id == host.id
        assert step.space_id == issue.id
        assert "Dit vraagstuk is nu in gesprek: Veilig online" in step.content
        assert "Er zijn genoeg mensen." in step.content
        # Mastodon ignores the Update; it hears of the step as of any first post in the issue.
        boosts = [one for one in await queued(session, "Announce") if one.document["object"] == step.uri]
        assert [one.inboxes for one in boosts] == [shared("b.example")]


async def test_only_a_first_step_forward_goes_to_timelines(database: Database) -> None:
    async with database.writing() as session:
        issue, host, _ = await an_issue(session)

        async def move(phase: Phase, reason: str = "", **more: Any) -> bool:
            change = await move_issue(session, SITE, issue, phase, by=host, reason=reason, now=MOMENT + DAY, **more)
            assert change is not None
            return change.post_id is not None

        assert await move(Phase.CONVERSATION)
        assert not await move(Phase.AGENDA, "Te vroeg."), "a step back"
        assert not await move(Phase.CONVERSATION), "told before"
        assert not await move(Phase.FEEDBACK, in_timelines=False), "the feedback itself is there"
        assert await move(Phase.CLOSED, "Alles is gezegd.")


@pytest.mark.parametrize(
    ("old", "new", "needed"),
    [
        (Phase.SIGNALLED, Phase.CONVERSATION, False), (Phase.AGENDA, Phase.FEEDBACK, False),
        (Phase.AGENDA, Phase.SIGNALLED, True), (Phase.CLOSED, Phase.CONVERSATION, True),
        (Phase.FEEDBACK, Phase.CLOSED, True),
    ],
)  # fmt: skip
async def test_going_back_and_closing_take_a_reason(database: Database, old: Phase, new: Phase, needed: bool) -> None:
    assert needs_reason(old, new) is needed
    async with database.writing() as session:
        issue, host, _ = await an_issue(session, phase=old)
        if needed:
            for reason in ("", " \n ", "x" * (LONGEST_REASON + 1), "nul\0"):
                with pytest.raises(IssueRefused) as refused:
                    await move_issue(session, SITE, issue, new, by=host, reason=reason, now=MOMENT + DAY)
                assert refused.value.field == "reason"
            assert (await session.get_one(Issue, issue.id)).phase is old
        assert await move_issue(session, SITE, issue, new, by=host, reason="Daarom." * needed, now=MOMENT + DAY)
        assert await move_issue(session, SITE, issue, new, by=host, reason="Nog eens.", now=MOMENT + DAY) is None
        assert (await session.get_one(Issue, issue.id)).phase is new
        assert len((await session.scalars(select(PhaseChange))).all()) == 2


async def test_a_promise_is_moved_with_a_reason_that_stays(database: Database) -> None:
    first, second = MOMENT + 30 * DAY, MOMENT + 60 * DAY
    async with database.writing() as session:
        issue, _, editor = await an_issue(session)
        fatima = await here(session, "fatima")
        await follows(session, fatima, issue)
        with pytest.raises(IssueRefused) as refused:
            await move_promise(session, SITE, issue, second, by=editor, now=MOMENT + DAY)
        assert refused.value.field == "reason"
        moved = await move_promise(
            session, SITE, issue, second, by=editor, reason="De raad vergadert later.", now=MOMENT + DAY
        )
        assert moved is not None
        assert await move_promise(session, SITE, issue, second, by=editor, reason="x", now=MOMENT + DAY) is None
        read = ActorDocument.read((await the_only(session, "Update")).object)
        assert read.feedback_by == second
        assert [(one.feedback_by, one.previous, one.reason, one.at) for one in read.promises] == [
            (first, None, "", MOMENT), (second, first, "De raad vergadert later.", MOMENT + DAY),
        ]  # fmt: skip
        kinds = (await session.execute(select(Notification.kind, Notification.recipient_id))).all()
        assert [tuple(row) for row in kinds] == [("issue-promise", fatima.id)]
        assert len((await session.scalars(select(Promise))).all()) == 2


@pytest.mark.parametrize("phase", [Phase.FEEDBACK, Phase.CLOSED])
async def test_nothing_is_promised_once_feedback_was_given(database: Database, phase: Phase) -> None:
    async with database.writing() as session:
        issue, host, _ = await an_issue(session, phase=phase)
        with pytest.raises(IssueRefused) as refused:
            await move_promise(session, SITE, issue, MOMENT + 90 * DAY, by=host, reason="Later.", now=MOMENT + DAY)
        assert refused.value.field == "feedback_by"


async def test_a_server_that_was_away_for_a_day_gets_every_step_with_its_date(
    database: Database, clock: FalseClock
) -> None:
    # What is said is delivered from the present moment on.
    clock.moment = now().replace(microsecond=0)
    peers, began = Peers(), clock()
    peers.behaviours["b.example"] = raising(Unreachable("away"))
    async with database.writing() as session:
        issue, host, _ = await an_issue(session)
        for hours, phase in enumerate((Phase.CONVERSATION, Phase.FEEDBACK), start=1):
            await move_issue(session, SITE, issue, phase, by=host, now=began + timedelta(hours=hours))
        updates = await queued(session, "Update")
    await play(database, peers, clock, DAY)
    assert not peers.got
    peers.behaviours["b.example"] = answer_ok
    await play(database, peers, clock, 2 * DAY)
    assert {("https://b.example/inbox", one.read.id) for one in updates} <= set(peers.got)
    assert set(peers.got.values()) == {1}
    assert [state.value for state in await counts(database)] == ["delivered"]
    assert [[one.at for one in ActorDocument.read(update.object).phase_changes][1:] for update in updates] == [
        [began + timedelta(hours=1)], [began + timedelta(hours=1), began + timedelta(hours=2)],
    ]  # fmt: skip


async def test_which_voices_are_present_follows_from_what_everyone_may_read(database: Database) -> None:
    async with database.writing() as session:
        issue, _, _ = await an_issue(session, perspectives_needed=["parents", "police"])
        anna, bram = await elsewhere(session, "anna"), await here(session, "bram")
        for author in (anna, anna, bram):
            await said(session, author, space_id=issue.id, perspective="parents")
        await said(session, bram, Visibility.DIRECT, space_id=issue.id, perspective="police")
        await said(session, bram, space_id=issue.id)
        other = await here(session, "ander", ActorKind.ISSUE)
        session.add(
            Issue(
                actor_id=other.id, question="?", phase=Phase.AGENDA, published_at=MOMENT,
                perspectives_present=["schools"],
            )
        )  # fmt: skip
        await session.flush()
        found = await perspectives_present(session, [issue.id, other.id])
        assert found == {issue.id: {"parents": 2}, other.id: {"schools": 0}}
        await move_issue(session, SITE, issue, Phase.CONVERSATION, by=bram, now=MOMENT + DAY)
        read = ActorDocument.read((await the_only(session, "Update")).object)
        assert read.perspectives_present == ("parents",)
