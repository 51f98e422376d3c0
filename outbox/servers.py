"""Treating a server differently, up to the end: the decision, its actors, and what still waited for it."""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from actors.database import Database
from actors.instances.tables import Instance
from actors.moderation.kinds import ServerPolicy
from actors.moderation.servers import set_policy, settle
from outbox.giving_up import AT_ONCE, give_up_server

_MOST_TURNS: Final = 200
_WHY: Final = "this server is blocked"


async def treat_server(
    database: Database, domain: str, policy: ServerPolicy, reason: str, *, by: int | None, now: datetime
) -> None:
    """Decide how a server is treated and do what follows, in as many small transactions as that takes."""
    async with database.writing() as session:
        await set_policy(session, domain, policy, reason, by=by, now=now)
    await settle_server(database, domain, now=now)


async def settle_server(database: Database, domain: str, *, now: datetime) -> None:
    """Do what is left to do after a decision about a server. Interrupted, it is taken up by `inbox.caretaker`."""
    for _ in range(_MOST_TURNS):
        async with database.writing() as session:
            policy = await session.scalar(select(Instance.policy).where(Instance.domain == domain))
            if policy == ServerPolicy.SUSPENDED and await give_up_server(session, domain, _WHY, now=now) == AT_ONCE:
                continue
            if await settle(session, domain, now=now):
                return
