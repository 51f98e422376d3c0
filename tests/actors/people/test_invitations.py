"""Invitations: who can use them, how often, for how long, and what they give."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from actors.audit import AuditEntry
from actors.database import Database
from actors.kinds import Role
from actors.people.accounts import EmailError, digest
from actors.people.invitations import (
    DEFAULT_LIFETIME,
    accept_invitation,
    create_invitation,
    find_invitation,
    list_invitations,
    revoke_invitation,
    use_invitation,
)
from actors.people.tables import Invitation
from tests.actors.cast import MOMENT
from tests.actors.people.cast import person


async def test_an_invitation_lets_so_many_in_as_it_says(database: Database) -> None:
    async with database.writing() as session:
        invitation, secret = await create_invitation(session, by=None, uses=2, now=MOMENT)
        for _ in range(2):
            assert await find_invitation(session, secret, now=MOMENT) is not None
            assert await use_invitation(session, invitation, now=MOMENT)
        assert not await use_invitation(session, invitation, now=MOMENT)
        assert await find_invitation(session, secret, now=MOMENT) is None


async def test_an_invitation_ends(database: Database) -> None:
    async with database.writing() as session:
        over = MOMENT + DEFAULT_LIFETIME
        invitation, secret = await create_invitation(session, by=None, now=MOMENT)
        assert await find_invitation(session, secret, now=over - timedelta(seconds=1)) is not None
        assert await find_invitation(session, secret, now=over) is None
        assert not await use_invitation(session, invitation, now=over)


async def test_an_invitation_is_revoked_once(database: Database) -> None:
    async with database.writing() as session:
        invitation, secret = await create_invitation(session, by=None, now=MOMENT)
        assert await revoke_invitation(session, invitation.id, by=None, now=MOMENT)
        assert not await revoke_invitation(session, invitation.id, by=None, now=MOMENT)
        assert not await revoke_invitation(session, 1, by=None, now=MOMENT)
        assert await find_invitation(session, secret, now=MOMENT) is None
        assert not await use_invitation(session, invitation, now=MOMENT)


async def test_those_that_work_are_listed_newest_first(database: Database) -> None:
    async with database.writing() as session:
        _, karin = await person(session, "karin")
        made = [(await create_invitation(session, by=karin.id, now=MOMENT))[0] for _ in range(4)]
        await revoke_invitation(session, made[0].id, by=karin.id, now=MOMENT)
        await use_invitation(session, made[1], now=MOMENT)
        listed = await list_invitations(session, now=MOMENT)
        assert [one.invitation.id for one in listed] == [made[3].id, made[2].id]
        assert listed[0].inviter is not None
        assert listed[0].inviter.id == karin.id
        assert [one.invitation.id for one in await list_invitations(session, now=MOMENT, before=made[3].id)] == [
            made[2].id
        ]
        assert await list_invitations(session, now=MOMENT + DEFAULT_LIFETIME) == []


async def test_accepting_adds_the_roles_and_is_noted(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await person(session, roles=frozenset({Role.EDITOR}))
        invitation, secret = await create_invitation(session, roles=frozenset({Role.MODERATOR}), by=None, now=MOMENT)
        assert await accept_invitation(session, invitation, account, actor, now=MOMENT)
        assert not await accept_invitation(session, invitation, account, actor, now=MOMENT)
        assert account.roles == {Role.EDITOR, Role.MODERATOR}
        await session.flush()
        assert list(await session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))) == [
            "invitation-made", "invitation-accepted",
        ]  # fmt: skip
        assert (await session.scalars(select(Invitation.digest))).one() == digest(secret)


@pytest.mark.parametrize("uses", [0, -1, 501])
async def test_an_invitation_is_for_somebody_and_not_for_all(database: Database, uses: int) -> None:
    async with database.writing() as session:
        with pytest.raises(ValueError, match="people"):
            await create_invitation(session, by=None, uses=uses, now=MOMENT)
        with pytest.raises(EmailError):
            await create_invitation(session, by=None, email="a@b.nl\r\nBcc: x@y.nl", now=MOMENT)


@pytest.mark.parametrize("secret", ["", "x", "\0", "\ud800", "x" * 10_000])
async def test_a_made_up_link_finds_nothing(database: Database, secret: str) -> None:
    async with database.writing() as session:
        await create_invitation(session, by=None, now=MOMENT)
        assert await find_invitation(session, secret, now=MOMENT) is None


async def test_of_two_at_once_one_gets_the_last_use(database: Database) -> None:
    async with database.writing() as session:
        invitation, _ = await create_invitation(session, by=None, now=MOMENT)

    async def use() -> bool:
        async with database.writing() as session:
            return await use_invitation(session, invitation, now=MOMENT)

    assert sorted(await asyncio.gather(use(), use(), use())) == [False, False, True]
