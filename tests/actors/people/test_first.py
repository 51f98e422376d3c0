"""The link for the first administrator: it works once, for nobody else, and as long as there is none."""

import asyncio
from datetime import timedelta

import pytest

from actors.database import Database
from actors.instances.choices import read_choices
from actors.kinds import Role
from actors.people.accounts import add_account
from actors.people.first import LIFETIME, Administered, is_being_set_up, is_first_link, make_first_link, use_first_link
from actors.people.invitations import find_invitation
from tests.actors.cast import MOMENT, here


async def waits(database: Database) -> bool:
    """Whether the instance is being set up."""
    async with database.reading() as session:
        return await is_being_set_up(session, await read_choices(session))


async def made(database: Database) -> str:
    async with database.writing() as session:
        return await make_first_link(session, now=MOMENT)


async def works(database: Database, secret: str, after: timedelta = timedelta(0)) -> bool:
    async with database.reading() as session:
        return await is_first_link(session, secret, now=MOMENT + after)


async def use(database: Database, secret: str) -> bool:
    async with database.writing() as session:
        return await use_first_link(session, secret, now=MOMENT)


async def test_an_instance_waits_for_its_first_administrator_once_a_link_was_made(database: Database) -> None:
    assert not await waits(database)
    secret = await made(database)
    assert await waits(database)
    assert await works(database, secret)
    assert not await works(database, secret, LIFETIME)
    assert not await works(database, secret[:-1])
    assert not await works(database, "")


async def test_a_new_link_ends_the_one_before(database: Database) -> None:
    first, second = await made(database), await made(database)
    assert [await works(database, secret) for secret in (first, second)] == [False, True]


async def test_it_works_once_also_for_two_who_use_it_at_once(database: Database) -> None:
    secret = await made(database)
    assert sorted(await asyncio.gather(use(database, secret), use(database, secret))) == [False, True]
    assert not await works(database, secret)


async def test_no_link_is_made_or_works_once_somebody_administers(database: Database) -> None:
    secret = await made(database)
    async with database.writing() as session:
        actor = await here(session, "karin")
        roles = frozenset({Role.ADMINISTRATOR})
        await add_account(session, actor, email="k@x.example", password_hash=None, roles=roles, now=MOMENT)
    assert not await works(database, secret)
    assert not await use(database, secret)
    assert not await waits(database)
    with pytest.raises(Administered):
        await made(database)


async def test_it_is_no_invitation(database: Database) -> None:
    secret = await made(database)
    async with database.reading() as session:
        assert await find_invitation(session, secret, now=MOMENT) is None
