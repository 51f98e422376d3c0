"""People here are told once of what concerns them, and an organisation by way of those who speak for it."""

from sqlalchemy import select, update

from actors.database import Database
from actors.kinds import ActorKind, Role
from actors.notifications import Notification
from actors.notifying import people_behind, tell
from actors.people.accounts import add_account
from actors.people.kinds import AccountState
from actors.people.tables import Account
from tests.actors.cast import MOMENT, blocks, elsewhere, here, issue_here, the_instance
from tests.support.queries import counted


async def test_who_lives_here_is_told_of_a_thing_once_and_nobody_else(database: Database) -> None:
    async with database.writing() as session:
        host = await the_instance(session)
        issue = await issue_here(session, host)
        karin, bram, angry = [await here(session, handle) for handle in ("karin", "bram", "angry")]
        stranger = await elsewhere(session, "stranger")
        await blocks(session, angry, host)
        told = {karin.id, bram.id, angry.id, stranger.id, host.id}
        with counted(database) as queries:
            await tell(session, told, "issue-phase", by=host.id, about=issue.id, thing=7, now=MOMENT)
        assert len(queries) == 2
        await tell(session, told, "issue-phase", by=host.id, about=issue.id, thing=7, now=MOMENT)
        await tell(session, {karin.id}, "issue-phase", by=host.id, about=issue.id, thing=8, now=MOMENT)
    async with database.reading() as session:
        rows = list(await session.scalars(select(Notification).order_by(Notification.id)))
    assert sorted((row.recipient_id, row.thing_id) for row in rows) == sorted(
        [(karin.id, 7), (bram.id, 7), (karin.id, 8)]
    )
    assert {(row.kind, row.from_id, row.about_id) for row in rows} == {("issue-phase", host.id, issue.id)}


async def test_nobody_is_told_of_what_they_did_themselves(database: Database) -> None:
    async with database.writing() as session:
        karin = await here(session, "karin")
        await tell(session, {karin.id}, "issue-phase", by=karin.id, thing=1, now=MOMENT)
        assert list(await session.scalars(select(Notification))) == []


async def test_behind_an_organisation_stand_its_editors_and_administrators_who_may_sign_in(database: Database) -> None:
    async with database.writing() as session:
        host = await the_instance(session)
        people = {}
        for handle, roles in (("ed", {Role.EDITOR}), ("adm", {Role.ADMINISTRATOR}), ("mod", {Role.MODERATOR}),
                              ("closed", {Role.EDITOR}), ("away", {Role.EDITOR})):  # fmt: skip
            people[handle] = await here(session, handle)
            await add_account(
                session, people[handle], email=f"{handle}@example.org", password_hash=None, now=MOMENT,
                roles=frozenset(roles),
            )  # fmt: skip
        await session.execute(
            update(Account).where(Account.actor_id == people["closed"].id).values(state=AccountState.DISABLED)
        )
        people["away"].suspended_at = MOMENT
        await session.flush()
        assert await people_behind(session, host) == {people["ed"].id, people["adm"].id}
        assert await people_behind(session, people["mod"]) == {people["mod"].id}
        assert await people_behind(session, await elsewhere(session, "org", kind=ActorKind.ORGANISATION)) == set()
