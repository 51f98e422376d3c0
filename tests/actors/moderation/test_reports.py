"""Of a new report the moderators are told, and nobody who has a part in it."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database
from actors.issues.tables import PhaseChange
from actors.kinds import Phase, Role
from actors.moderation.kinds import Act, Category
from actors.moderation.reports import OBJECTED, REPORTED, file_objection, file_report
from actors.moderation.tables import Decision, Report
from actors.notifications import Notification
from actors.people.accounts import add_account
from tests.actors.cast import MOMENT, elsewhere, here, issue_here, the_instance


class Hall:
    """An instance with somebody of each role, and somebody who reports."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.people: dict[str, Actor] = {}

    async def open(self) -> None:
        self.host = await the_instance(self.session)
        for handle, *roles in (("karin",), ("mo", Role.MODERATOR), ("zus", Role.MODERATOR), ("ed", Role.EDITOR),
                               ("baas", Role.ADMINISTRATOR)):  # fmt: skip
            self.people[handle] = await here(self.session, handle)
            await add_account(
                self.session, self.people[handle], email=f"{handle}@example.org", password_hash=None, now=MOMENT,
                roles=frozenset(roles),
            )  # fmt: skip

    async def report(self, about: Actor, by: Actor | None = None, comment: str = "Dit kan niet") -> Report:
        return await file_report(
            self.session, by or self.people["karin"], about, [], category=Category.HATE, comment=comment, now=MOMENT
        )

    async def told(self, report: Report) -> dict[str, str]:
        rows = await self.session.scalars(select(Notification).where(Notification.thing_id == report.id))
        names = {actor.id: handle for handle, actor in self.people.items()}
        found = list(rows)
        assert {row.from_id for row in found} <= {self.host.id}
        assert {row.post_id for row in found} <= {None}
        return {names[row.recipient_id]: row.kind for row in found}


@pytest.mark.parametrize("by", ["somebody here", "another server"])
async def test_moderators_and_administrators_are_told_of_a_new_report(database: Database, by: str) -> None:
    async with database.writing() as session:
        hall = Hall(session)
        await hall.open()
        troll = await elsewhere(session, "troll")
        reporter = hall.people["karin"] if by == "somebody here" else await elsewhere(session, "server", "peer.example")
        report = await hall.report(troll, reporter)
        assert await hall.told(report) == {"mo": REPORTED, "zus": REPORTED, "baas": REPORTED}


async def test_what_is_added_to_an_open_report_is_told_to_nobody_again(database: Database) -> None:
    async with database.writing() as session:
        hall = Hall(session)
        await hall.open()
        troll = await elsewhere(session, "troll")
        one, two = await hall.report(troll), await hall.report(troll, comment="En dit ook niet")
        assert one is two
        assert len((await session.scalars(select(Notification))).all()) == 3


async def test_who_has_a_part_in_a_report_is_not_told_of_it(database: Database) -> None:
    async with database.writing() as session:
        hall = Hall(session)
        await hall.open()
        mo, zus, baas = [hall.people[handle] for handle in ("mo", "zus", "baas")]
        assert set(await hall.told(await hall.report(mo, zus))) == {"baas"}
        issue = await issue_here(session, hall.host)
        session.add(PhaseChange(id=1, issue_id=issue.id, phase=Phase.AGENDA, by_id=baas.id, at=MOMENT))
        assert set(await hall.told(await hall.report(issue))) == {"mo", "zus"}


async def test_moderators_are_told_of_an_objection_in_other_words(database: Database) -> None:
    async with database.writing() as session:
        hall = Hall(session)
        await hall.open()
        zus = hall.people["zus"]
        decision = Decision(id=1, about_id=zus.id, by_id=None, act=Act.WARN, reason="x", posts=0, created_at=MOMENT)
        session.add(decision)
        await session.flush()
        report = await file_objection(session, zus, decision, "Oneens", now=MOMENT)
        assert await hall.told(report) == {"mo": OBJECTED, "baas": OBJECTED}


async def test_where_nobody_moderates_a_report_is_filed_all_the_same(database: Database) -> None:
    async with database.writing() as session:
        karin, troll = await here(session, "karin"), await elsewhere(session, "troll")
        report = await file_report(session, karin, troll, [], category=Category.SPAM, comment="", now=MOMENT)
        assert await session.get(Report, report.id) is report
