"""The link for the first administrator: it works once, for nobody else, and as long as there is none."""

from datetime import timedelta

import pytest

from actors.database import Database
from actors.kinds import Role
from actors.people.accounts import add_account
from actors.people.first import LIFETIME, Administered, find_first_link, is_being_set_up, make_first_link
from actors.people.invitations import create_invitation
from tests.actors.cast import MOMENT, here


async def test_an_instance_waits_for_its_first_administrator_once_a_link_was_made(database: Database) -> None:
    async with database.writing() as session:
        assert not await is_being_set_up(session)
        secret = await make_first_link(session, now=MOMENT)
        assert await is_being_set_up(session)
        assert await find_first_link(session, secret, now=MOMENT) is not None
        assert await find_first_link(session, secret, now=MOMENT + LIFETIME + timedelta(seconds=1)) is None
        assert await find_first_link(session, secret[:-1], now=MOMENT) is None


async def test_a_new_link_ends_the_one_before(database: Database) -> None:
    async with database.writing() as session:
        first, second = await make_first_link(session, now=MOMENT), await make_first_link(session, now=MOMENT)
        assert await find_first_link(session, first, now=MOMENT) is None
        assert await find_first_link(session, second, now=MOMENT) is not None


async def test_no_link_is_made_or_works_once_somebody_administers(database: Database) -> None:
    async with database.writing() as session:
        secret = await make_first_link(session, now=MOMENT)
        actor = await here(session, "karin")
        roles = frozenset({Role.ADMINISTRATOR})
        await add_account(session, actor, email="k@x.example", password_hash=None, roles=roles, now=MOMENT)
        assert await find_first_link(session, secret, now=MOMENT) is None
        assert not await is_being_set_up(session)
        with pytest.raises(Administered):
            await make_first_link(session, now=MOMENT)


async def test_another_invitation_is_no_link_for_the_first_administrator(database: Database) -> None:
    async with database.writing() as session:
        _, secret = await create_invitation(session, by=None, now=MOMENT)
        assert await find_first_link(session, secret, now=MOMENT) is None
        assert not await is_being_set_up(session)
