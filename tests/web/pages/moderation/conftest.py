"""Fixtures of the pages of moderation: people with each role."""

from collections.abc import Awaitable, Callable

import pytest

from actors.actor import Actor
from actors.kinds import Role
from actors.people.tables import Account
from tests.web.pages.browser import Pages

Be = Callable[..., Awaitable[Actor]]


@pytest.fixture
def be(pages: Pages) -> Be:
    """Add a person with these roles, and be signed in as them."""

    async def become(handle: str, *roles: Role) -> Actor:
        actor = await pages.person(handle)
        async with pages.database.writing() as session:
            (await session.get_one(Account, actor.id)).roles = frozenset(roles)
        await pages.be(actor)
        return actor

    return become
