"""Feedback that is owed: which issues, by whom, since when, and how many people wait."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database
from actors.instances.tables import Instance
from actors.issues.tables import Issue, IssueTheme
from actors.kinds import ActorKind, Phase, PostKind, Verdict
from actors.knowledge.owed import OwedFilter, count_owed, debtors, owed_feedback
from actors.knowledge.tables import Answer
from federation.audience import Visibility
from tests.actors.cast import MOMENT, elsewhere, here, issue_here, said
from tests.support.queries import counted

A_DAY = timedelta(days=1)
ALL = OwedFilter()


async def linked_issue(session: AsyncSession, domain: str, **more: object) -> tuple[Actor, Actor]:
    host = await elsewhere(session, "gemeente", domain, ActorKind.ORGANISATION)
    issue = await elsewhere(session, "vraag", domain, ActorKind.ISSUE)
    values = {"question": "?", "phase": Phase.AGENDA, "published_at": MOMENT, **more}
    session.add(Issue(actor_id=issue.id, host_id=host.id, **values))
    session.add(Instance(domain=domain, linked_at=MOMENT, created_at=MOMENT))
    await session.flush()
    return host, issue


async def test_what_is_past_its_day_and_was_not_fed_back_is_owed_the_oldest_first(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        late = await issue_here(session, host, "laat", feedback_by=MOMENT - 2 * A_DAY)
        later = await issue_here(session, host, "later", feedback_by=MOMENT - 9 * A_DAY)
        await issue_here(session, host, "straks", feedback_by=MOMENT + A_DAY)
        await issue_here(session, host, "nooit")
        for phase in (Phase.FEEDBACK, Phase.CLOSED):
            await issue_here(session, host, phase.value, feedback_by=MOMENT - A_DAY, phase=phase)
        there, linked = await linked_issue(session, "utrecht.example", feedback_by=MOMENT - 5 * A_DAY)
        unlinked = await elsewhere(session, "vraag", "vreemd.example", ActorKind.ISSUE)
        session.add(
            Issue(
                actor_id=unlinked.id, question="?", phase=Phase.AGENDA, published_at=MOMENT, feedback_by=MOMENT - A_DAY
            )
        )
        session.add(IssueTheme(issue_id=late.id, theme="resilience"))
    async with database.reading() as session:
        found = await owed_feedback(session, MOMENT, ALL)
        owing = await debtors(session, MOMENT, ALL)
        assert [one.actor.id for one in found] == [later.id, linked.id, late.id]
        assert [(one.host.id if one.host else None, one.issues) for one in owing] == [(host.id, 2), (there.id, 1)]
        assert owing[0].since == MOMENT - 9 * A_DAY
        assert [one.actor.id for one in await owed_feedback(session, MOMENT, OwedFilter(theme="resilience"))] == [
            late.id
        ]
        assert [one.actor.id for one in await owed_feedback(session, MOMENT, OwedFilter(host_id=there.id))] == [
            linked.id
        ]
        assert [one.actor.id for one in await owed_feedback(session, MOMENT, OwedFilter(domain="utrecht.example"))] == [
            linked.id
        ]
        assert await count_owed(session, MOMENT, host.id) == 2
        paged, after = [], None
        while rows := await owed_feedback(session, MOMENT, ALL, after=after, limit=1):
            paged += [one.actor.id for one in rows]
            after = rows[-1].feedback_by, rows[-1].actor.id
        assert paged == [later.id, linked.id, late.id]


async def test_who_waits_said_something_in_the_open_that_nobody_answered(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host, feedback_by=MOMENT - A_DAY)
        hier, bram, anna = (
            await here(session, "hier"),
            await elsewhere(session, "bram"),
            await elsewhere(session, "anna"),
        )
        for actor in (host, hier, hier, bram, anna):
            await said(session, actor, space_id=issue.id)
        await said(session, await elsewhere(session, "stil"), Visibility.DIRECT, space_id=issue.id)
        await said(session, await elsewhere(session, "weg"), space_id=issue.id, deleted_at=MOMENT)
        answered = await said(session, await elsewhere(session, "klaar"), space_id=issue.id)
        outcome = await said(session, host, space_id=issue.id, kind=PostKind.OUTCOME)
        session.add(Answer(outcome_id=outcome.id, contribution_uri=answered.uri, verdict=Verdict.NOT, reason=""))
    async with database.reading() as session:
        (found,) = await owed_feedback(session, MOMENT, ALL)
    assert found.waiting == 3


async def test_questions_do_not_grow_with_what_is_owed(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
    asked = []
    for count in (1, 8):
        async with database.writing() as session:
            for number in range(count):
                await issue_here(session, host, f"v{count}-{number}", feedback_by=MOMENT - A_DAY)
        async with database.reading() as session:
            with counted(database) as statements:
                await owed_feedback(session, MOMENT, ALL)
                await debtors(session, MOMENT, ALL)
            asked.append(len(statements))
    assert asked == [4, 4]
