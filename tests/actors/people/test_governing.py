"""What administrators decide about people, and the rules that hold whatever a page allows."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Database
from actors.kinds import Role
from actors.notifications import Notification
from actors.people.accounts import add_account, issue_token
from actors.people.governing import (
    DecisionRefused,
    Refusal,
    change_roles,
    disable_person,
    reset_factors,
    sign_out_everywhere,
)
from actors.people.kinds import AccountState
from actors.people.sessions import has_tokens, list_sessions, open_session
from actors.people.tables import Account, RecoveryCode
from tests.actors.cast import MOMENT, here, the_instance

ADMIN = frozenset({Role.ADMINISTRATOR})


async def person(database: Database, handle: str, roles: frozenset[Role] = frozenset()) -> int:
    """Add somebody with an account."""
    async with database.writing() as session:
        actor = await here(session, handle)
        await add_account(session, actor, email=f"{handle}@x.example", password_hash=None, roles=roles, now=MOMENT)
        return actor.id


@pytest.fixture
async def karin(database: Database) -> int:
    """The administrator of an instance."""
    async with database.writing() as session:
        await the_instance(session)
    return await person(database, "karin", ADMIN)


async def roles_of(database: Database, actor_id: int) -> frozenset[Role]:
    async with database.reading() as session:
        return (await session.get_one(Account, actor_id)).roles


async def give(database: Database, actor_id: int, roles: frozenset[Role], by: int) -> frozenset[Role]:
    async with database.writing() as session:
        return await change_roles(session, actor_id, roles, by=by, reason="Nodig.", now=MOMENT)


async def test_roles_are_given_with_a_reason_that_is_noted_and_the_person_is_told(
    database: Database, karin: int
) -> None:
    bram = await person(database, "bram")
    assert await give(database, bram, frozenset({Role.EDITOR}), karin) == {Role.EDITOR}
    assert await give(database, bram, frozenset({Role.EDITOR}), karin) == frozenset()
    async with database.reading() as session:
        (entry,) = await session.scalars(select(AuditEntry))
        assert (entry.actor_id, entry.act, entry.reason) == (karin, "role-granted", "Nodig.")
        assert entry.details == {"role": "editor"}
        (told,) = await session.scalars(select(Notification))
        assert (told.recipient_id, told.kind) == (bram, "role")


async def test_the_last_administrator_keeps_the_role_and_the_account(database: Database, karin: int) -> None:
    with pytest.raises(DecisionRefused) as refused:
        await give(database, karin, frozenset({Role.EDITOR}), karin)
    assert refused.value.why is Refusal.LAST_ADMINISTRATOR
    other = await person(database, "ada", ADMIN)
    async with database.writing() as session:
        (await session.get_one(Account, other)).state = AccountState.DISABLED
    with pytest.raises(DecisionRefused):
        await give(database, karin, frozenset(), karin)
    async with database.writing() as session:
        (await session.get_one(Account, other)).state = AccountState.ACTIVE
        (await session.get_one(Actor, other)).suspended_at = MOMENT
    with pytest.raises(DecisionRefused):
        await give(database, karin, frozenset(), karin)
    assert await roles_of(database, karin) == ADMIN


async def test_an_administrator_gives_up_the_role_when_another_has_it(database: Database, karin: int) -> None:
    await person(database, "ada", ADMIN)
    assert await give(database, karin, frozenset(), karin) == ADMIN


async def test_two_who_take_the_role_from_each_other_at_once_leave_one(database: Database, karin: int) -> None:
    ada = await person(database, "ada", ADMIN)
    done = await asyncio.gather(
        give(database, ada, frozenset(), karin), give(database, karin, frozenset(), ada), return_exceptions=True
    )
    assert sum(isinstance(one, DecisionRefused) for one in done) == 1
    assert sorted([await roles_of(database, karin), await roles_of(database, ada)], key=len) == [frozenset(), ADMIN]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.EDITOR, None])
async def test_who_does_not_administer_decides_nothing(database: Database, karin: int, role: Role | None) -> None:
    bram = await person(database, "bram", frozenset({role} if role else ()))
    async with database.writing() as session:
        for decide in (disable_person, sign_out_everywhere, reset_factors):
            with pytest.raises(DecisionRefused) as refused:
                await decide(session, karin, by=bram, reason="x", now=MOMENT)
            assert refused.value.why is Refusal.NOT_YOURS
    with pytest.raises(DecisionRefused):
        await give(database, bram, ADMIN, bram)
    assert Role.ADMINISTRATOR not in await roles_of(database, bram)


async def test_who_is_suspended_decides_nothing(database: Database, karin: int) -> None:
    ada = await person(database, "ada", ADMIN)
    async with database.writing() as session:
        (await session.get_one(Actor, ada)).suspended_at = MOMENT
    with pytest.raises(DecisionRefused) as refused:
        await give(database, karin, frozenset(), ada)
    assert refused.value.why is Refusal.NOT_YOURS


@pytest.mark.parametrize("decide", [sign_out_everywhere, reset_factors])
async def test_who_is_signed_out_by_an_administrator_is_signed_out_of_apps_too(
    database: Database, karin: int, decide: Callable[..., Awaitable[None]]
) -> None:
    bram = await person(database, "bram")
    async with database.writing() as session:
        await issue_token(session, await session.get_one(Account, bram), frozenset({"read"}), now=MOMENT)
        await decide(session, bram, by=karin, reason="Gebeld.", now=MOMENT)
        assert not await has_tokens(session, bram)


async def test_a_closed_account_decides_nothing(database: Database, karin: int) -> None:
    ada = await person(database, "ada", ADMIN)
    async with database.writing() as session:
        await disable_person(session, ada, by=karin, reason="Weg.", now=MOMENT)
    with pytest.raises(DecisionRefused) as refused:
        await give(database, karin, frozenset(), ada)
    assert refused.value.why is Refusal.NOT_YOURS


async def test_closing_an_account_ends_its_sessions_and_nobody_closes_their_own(database: Database, karin: int) -> None:
    bram = await person(database, "bram")
    async with database.writing() as session:
        await open_session(session, await session.get_one(Account, bram), now=MOMENT)
        await disable_person(session, bram, by=karin, reason="Spam.", now=MOMENT)
        assert await list_sessions(session, bram, now=MOMENT) == []
        for twice in (bram, 404):
            with pytest.raises(DecisionRefused) as refused:
                await disable_person(session, twice, by=karin, reason="Spam.", now=MOMENT)
            assert refused.value.why is Refusal.GONE
    await person(database, "ada", ADMIN)
    async with database.writing() as session:
        for decide in (disable_person, reset_factors):
            with pytest.raises(DecisionRefused) as refused:
                await decide(session, karin, by=karin, reason="x", now=MOMENT)
            assert refused.value.why is Refusal.ONESELF


async def test_a_lost_second_step_is_taken_away_with_its_sessions(database: Database, karin: int) -> None:
    bram = await person(database, "bram")
    async with database.writing() as session:
        session.add(RecoveryCode(actor_id=bram, digest=b"x" * 32, created_at=MOMENT))
        await open_session(session, await session.get_one(Account, bram), now=MOMENT)
        await reset_factors(session, bram, by=karin, reason="Gebeld.", now=MOMENT)
        assert (await session.scalars(select(RecoveryCode))).all() == []
        assert await list_sessions(session, bram, now=MOMENT) == []
        (entry,) = await session.scalars(select(AuditEntry))
        assert (entry.act, entry.reason) == ("factors-removed", "Gebeld.")
