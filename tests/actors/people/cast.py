"""Who plays in the tests of accounts."""

from typing import Any

from actors.actor import Actor
from actors.people.accounts import add_account
from actors.people.tables import Account
from tests.actors.cast import MOMENT, here


async def person(session: Any, handle: str = "fatima", **more: Any) -> tuple[Account, Actor]:
    """Add a person with an account and no password."""
    actor = await here(session, handle)
    values = {"email": f"{handle}@example.org", "password_hash": None, "now": MOMENT} | more
    return await add_account(session, actor, **values), actor
