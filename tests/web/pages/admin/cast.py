"""Who comes to the administration in the tests: one of each role, and somebody without any."""

from actors.actor import Actor
from actors.database import now
from actors.kinds import Role
from actors.people.tables import Account
from tests.web.pages.browser import Pages

MEMBER = "lid"
ALL: tuple[str, ...] = (*Role, MEMBER)


async def sign_in_as(pages: Pages, role: str) -> Actor:
    """Be signed in as a new person of this role."""
    actor = await pages.person(f"{role}-{now():%f}")
    await give(pages, actor, *([] if role == MEMBER else [Role(role)]))
    await pages.be(actor)
    return actor


async def give(pages: Pages, actor: Actor, *roles: Role) -> None:
    """Give a person these roles, without a trace."""
    async with pages.database.writing() as session:
        (await session.get_one(Account, actor.id)).roles = frozenset(roles)
