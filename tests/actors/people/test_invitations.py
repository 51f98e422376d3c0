"""Invitations: who can use them, how often, for how long, and what they give."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from actors.audit import AuditEntry
from actors.database import Database
from actors.kinds import Role
from actors.people.accounts import EmailError, digest
from actors.people.directory import ended_invitations
from actors.people.invitations import (
    DEFAULT_LIFETIME,
    accept_invitation,
    create_invitation,
    find_invitation,
    list_invitations,
    revoke_invitation,
    use_invitation,
)
from actors.people.kinds import AccountState
from actors.people.standing import disable_account, set_roles
from actors.people.tables import Account, Invitation
from tests.actors.cast import MOMENT
from tests.actors.people.cast import person

ADMIN = frozenset({Role.ADMINISTRATOR})


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
        _, karin = await person(session, "karin", roles=ADMIN)
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


@pytest.mark.parametrize("roles", [frozenset[Role](), frozenset({Role.MODERATOR}), ADMIN])
@pytest.mark.parametrize("lost", ["role", "closed", "suspended", "gone"])
async def test_an_invitation_is_worth_no_more_than_who_made_it(
    database: Database, lost: str, roles: frozenset[Role]
) -> None:
    async with database.writing() as session:
        account, karin = await person(session, "karin", roles=ADMIN)
        bram, bram_actor = await person(session, "bram")
        invitation, secret = await create_invitation(session, roles=roles, by=karin.id, uses=5, now=MOMENT)
        assert await use_invitation(session, invitation, now=MOMENT)
        match lost:
            case "role":
                account.roles = frozenset({Role.MODERATOR})
            case "closed":
                account.state = AccountState.DISABLED
            case "suspended":
                karin.suspended_at = MOMENT
            case _:
                await session.delete(account)
                karin.deleted_at = MOMENT
        await session.flush()
        assert await find_invitation(session, secret, now=MOMENT) is None
        assert not await use_invitation(session, invitation, now=MOMENT)
        assert not await accept_invitation(session, invitation, bram, bram_actor, now=MOMENT)
        assert bram.roles == frozenset()
        assert await list_invitations(session, now=MOMENT) == []
        (ended,) = await ended_invitations(session, now=MOMENT, limit=5)
        assert not ended.is_backed


@pytest.mark.parametrize("lost", ["role", "closed"])
async def test_who_loses_the_role_loses_the_invitations_that_they_made(database: Database, lost: str) -> None:
    async with database.writing() as session:
        account, karin = await person(session, "karin", roles=ADMIN | {Role.EDITOR})
        _, ada = await person(session, "ada", roles=ADMIN)
        mine = [(await create_invitation(session, by=karin.id, now=MOMENT))[0] for _ in range(3)]
        await use_invitation(session, mine[0], now=MOMENT)
        others = [(await create_invitation(session, by=by, now=MOMENT))[0] for by in (ada.id, None)]
        await set_roles(session, account, karin, ADMIN, by=ada.id, now=MOMENT)
        assert await session.scalar(select(Invitation.id).where(Invitation.revoked_at.is_not(None))) is None
        if lost == "role":
            await set_roles(session, account, karin, frozenset({Role.EDITOR}), by=ada.id, now=MOMENT)
        else:
            await disable_account(session, account, karin, by=ada.id, reason="Weg.", now=MOMENT)
        await session.flush()
        assert [one.invitation.id for one in await list_invitations(session, now=MOMENT)] == [
            one.id for one in reversed(others)
        ]
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.act == "invitation-revoked"))
        assert [(entry.actor_id, entry.details) for entry in entries] == [
            (ada.id, {"invitation": str(one.id)}) for one in mine[1:]
        ]
        account.roles, account.state = ADMIN, AccountState.ACTIVE
        assert not await use_invitation(session, mine[1], now=MOMENT), "what ended stays so"


async def test_of_two_roles_that_come_at_once_none_is_lost(database: Database) -> None:
    async with database.writing() as session:
        _, bram = await person(session, "bram")
        made = [
            (await create_invitation(session, roles=frozenset({role}), by=None, now=MOMENT))[0]
            for role in (Role.EDITOR, Role.MODERATOR)
        ]

    async def accept(invitation: Invitation) -> bool:
        async with database.writing() as session:
            account = await session.get_one(Account, bram.id)
            await asyncio.sleep(0)
            return await accept_invitation(session, invitation, account, bram, now=MOMENT)

    assert await asyncio.gather(*map(accept, made)) == [True, True]
    async with database.reading() as session:
        assert (await session.get_one(Account, bram.id)).roles == {Role.EDITOR, Role.MODERATOR}


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
