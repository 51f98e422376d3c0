"""Reminders of promised feedback and of late steps: each once, also when nothing ran for a day."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase, Role
from actors.knowledge.outcome_tables import FeedbackReminder, OutcomeStep
from actors.knowledge.outcomes import Step
from actors.notifications import Notification
from actors.people.accounts import add_account
from outbox.publish.outcomes import publish_outcome
from outbox.publish.steps import mark_step
from outbox.timed import TimedWork
from outbox.timed_tasks import TASKS
from tests.actors.cast import SITE, elsewhere, here, issue_here
from tests.support.clock import FalseClock

A_DAY = timedelta(days=1)


async def cast(database: Database, promised: datetime, **more: object) -> tuple[Actor, Actor]:
    """Have an organisation with an editor, and an issue with a promise; return the editor and the issue."""
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        editor, member = await here(session, "editor"), await here(session, "lid")
        for actor, roles in ((editor, {Role.EDITOR}), (member, set())):
            email = f"{actor.handle}@example.org"
            await add_account(session, actor, email=email, password_hash="x", roles=frozenset(roles), now=promised)
        issue = await issue_here(session, host, feedback_by=promised, **more)
    return editor, issue


async def told(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as session:
        rows = await session.execute(select(Notification.recipient_id, Notification.kind).order_by(Notification.id))
        return [(row[0], row[1]) for row in rows]


async def test_the_people_of_a_host_hear_14_and_3_days_before_and_the_day_after(
    database: Database, clock: FalseClock
) -> None:
    editor, _ = await cast(database, clock() + 20 * A_DAY)
    work = TimedWork(database, SITE, TASKS, clock=clock)
    heard: list[int] = []
    for day in range(26):
        for _ in range(2):
            before = len(await told(database))
            await work.turn()
            heard += [day] * (len(await told(database)) - before)
        clock.advance(A_DAY)
    assert await told(database) == [(editor.id, "issue-due"), (editor.id, "issue-due"), (editor.id, "issue-owed")]
    assert heard == [6, 17, 21]


async def test_an_instance_that_was_away_tells_the_last_that_it_missed(database: Database, clock: FalseClock) -> None:
    editor, _ = await cast(database, clock() + 2 * A_DAY)
    work = TimedWork(database, SITE, TASKS, clock=clock)
    await work.turn()
    assert await told(database) == [(editor.id, "issue-due")]
    clock.advance(4 * A_DAY)
    await work.turn()
    assert await told(database) == [(editor.id, "issue-due"), (editor.id, "issue-owed")]


async def test_a_promise_that_is_moved_is_another_promise(database: Database, clock: FalseClock) -> None:
    editor, issue = await cast(database, clock() + 2 * A_DAY)
    work = TimedWork(database, SITE, TASKS, clock=clock)
    await work.turn()
    async with database.writing() as session:
        (await session.get_one(Issue, issue.id)).feedback_by = clock() + 13 * A_DAY
    await work.turn()
    await work.turn()
    assert await told(database) == [(editor.id, "issue-due")] * 2


@pytest.mark.parametrize("phase", [Phase.FEEDBACK, Phase.CLOSED])
async def test_nobody_is_reminded_of_what_was_given(database: Database, clock: FalseClock, phase: Phase) -> None:
    await cast(database, clock() - A_DAY, phase=phase)
    await TimedWork(database, SITE, TASKS, clock=clock).turn()
    assert await told(database) == []


async def test_nobody_is_reminded_of_issues_elsewhere_or_long_overdue(database: Database, clock: FalseClock) -> None:
    await cast(database, clock() - 40 * A_DAY)
    async with database.writing() as session:
        issue = await elsewhere(session, "vraag", kind=ActorKind.ISSUE)
        host = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION)
        session.add(
            Issue(
                actor_id=issue.id, host_id=host.id, question="?", phase=Phase.AGENDA, published_at=clock(),
                feedback_by=clock() - A_DAY,
            )
        )  # fmt: skip
    await TimedWork(database, SITE, TASKS, clock=clock).turn()
    assert await told(database) == []
    async with database.reading() as session:
        assert list(await session.scalars(select(FeedbackReminder))) == []


async def test_of_a_step_that_is_late_the_people_of_the_host_hear_once(database: Database, clock: FalseClock) -> None:
    editor, issue = await cast(database, clock() + 90 * A_DAY)
    async with database.writing() as session:
        host = await session.get_one(Actor, (await session.get_one(Issue, issue.id)).host_id)
        steps = [Step("Lampen", "Beheer", clock() + A_DAY), Step("Bankje", "", clock() + A_DAY), Step("Ooit")]
        post = await publish_outcome(
            session, SITE, issue, by=host, title="Wat we deden", source="Dank.", answers=[], steps=steps, now=clock()
        )
        bench = (await session.scalars(select(OutcomeStep).where(OutcomeStep.what == "Bankje"))).one()
        await mark_step(session, SITE, host, post, bench, done=True, note="", now=clock())
    work = TimedWork(database, SITE, TASKS, clock=clock)
    await work.turn()
    assert "outcome-late" not in [kind for _, kind in await told(database)]
    clock.advance(2 * A_DAY)
    for _ in range(2):
        await work.turn()
    assert [pair for pair in await told(database) if pair[1] == "outcome-late"] == [(editor.id, "outcome-late")]
