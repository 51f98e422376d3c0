"""Reminders of agreements, by a false clock: to people here on every instance, once, and again when the date moves."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.agreements.kinds import Happened
from actors.database import Database
from actors.kinds import Role
from actors.notifications import Notification
from actors.people.accounts import add_account
from actors.serialize.agreement import AgreementDraft
from outbox.agreement_reminders import remind_of_agreements
from outbox.publish.agreements import amend, propose, say_what_became
from outbox.timed_tasks import TASKS
from tests.actors.cast import MOMENT, SITE, elsewhere, here
from tests.outbox.publish.stage import queued
from tests.outbox.publish.test_agreements import DUE, Scene, proposed, scene_in
from tests.support.keys import key_ring


async def told(session: AsyncSession, moment: datetime) -> list[tuple[str, int]]:
    """Let a moment come; return all that people were reminded of until then: the kind, and whom."""
    await remind_of_agreements(session, SITE, moment)
    kinds = ["agreement-week", "agreement-tomorrow", "agreement-overdue"]
    rows = await session.scalars(select(Notification).where(Notification.kind.in_(kinds)).order_by(Notification.id))
    return [(row.kind, row.recipient_id) for row in rows]


async def test_people_are_reminded_a_week_and_a_day_before_and_the_day_after_each_once(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        await proposed(session, scene, scene.fatima)
        fatima = scene.fatima.id
        assert await told(session, DUE - timedelta(days=9)) == []
        for _ in range(2):
            assert await told(session, DUE - timedelta(days=7)) == [("agreement-week", fatima)]
        assert await told(session, DUE - timedelta(days=2)) == [("agreement-week", fatima)]
        assert (await told(session, DUE - timedelta(days=1)))[1:] == [("agreement-tomorrow", fatima)]
        assert len(await told(session, DUE + timedelta(hours=1))) == 2
        for _ in range(2):
            assert (await told(session, DUE + timedelta(hours=9)))[2:] == [("agreement-overdue", fatima)]
        assert len(await told(session, DUE + timedelta(days=90))) == 3


async def test_who_speaks_for_the_organisation_is_reminded_for_it(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        editor = await here(session, "karin")
        await add_account(
            session, editor, email="k@example.org", password_hash="x", roles=frozenset({Role.EDITOR}), now=MOMENT
        )  # fmt: skip
        await proposed(session, scene, scene.bram)
        assert await told(session, DUE - timedelta(days=7)) == [("agreement-week", editor.id)]


async def test_after_days_away_only_the_latest_is_told(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        await proposed(session, scene, scene.fatima)
        assert await told(session, DUE + timedelta(days=3)) == [("agreement-overdue", scene.fatima.id)]


@pytest.mark.parametrize("what", [Happened.DONE, Happened.WITHDRAWN])
async def test_nobody_is_reminded_of_what_is_done_or_withdrawn(database: Database, what: Happened) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.fatima)
        await say_what_became(
            session, SITE, agreement, scene.tilburg, what, by=scene.tilburg, reason="", now=MOMENT
        )  # fmt: skip
        assert await told(session, DUE + timedelta(days=1)) == []


async def test_when_the_date_moves_people_are_reminded_of_the_new_one(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.fatima)
        assert len(await told(session, DUE - timedelta(days=7))) == 1
        later = scene.draft(scene.fatima, due_at=DUE + timedelta(days=60))
        await amend(
            session, SITE, key_ring(), agreement, by=scene.fatima, draft=later, based_on=1, now=DUE - timedelta(days=5)
        )  # fmt: skip
        assert len(await told(session, DUE + timedelta(days=1))) == 1
        assert len(await told(session, DUE + timedelta(days=53))) == 2


async def test_what_is_proposed_shortly_before_its_date_does_not_remind_of_a_week(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        soon = scene.draft(scene.fatima, due_at=MOMENT + timedelta(days=3))
        await _propose(session, scene, soon)
        assert await told(session, MOMENT + timedelta(minutes=1)) == []
        assert await told(session, MOMENT + timedelta(days=2)) == [("agreement-tomorrow", scene.fatima.id)]


async def test_who_cannot_sign_gets_a_message_from_the_server_of_who_proposed_it(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        await proposed(session, scene, scene.mast, scene.bram)
        before = len(await queued(session, "Create"))
        await told(session, DUE - timedelta(days=7))
        (note,) = (await queued(session, "Create"))[before:]
        assert note.inboxes == {"https://mastodon.example/inbox"}
        assert "Binnen een week" in note.object["content"]


async def test_an_agreement_between_others_reminds_nobody_here(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.bram)
        agreement.is_local = False
        agreement.proposer_id = (await elsewhere(session, "lale")).id
        scene.tilburg.is_local = False
        await session.flush()
        assert await remind_of_agreements(session, SITE, DUE) == 0


def test_it_is_among_what_is_done_by_the_clock() -> None:
    assert remind_of_agreements in TASKS


async def _propose(session: AsyncSession, scene: Scene, draft: AgreementDraft) -> None:
    await propose(
        session, SITE, key_ring(), issue=scene.issue, proposer=scene.tilburg, by=scene.tilburg, draft=draft, now=MOMENT
    )  # fmt: skip
