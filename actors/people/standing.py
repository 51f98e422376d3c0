"""How a person stands here: the roles that they have, and whether they may sign in.

What somebody may no more, the invitations that they made may no more either: those end with it.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.kinds import Role
from actors.people.invitations import revoke_unbacked
from actors.people.kinds import AccountState
from actors.people.sessions import end_access
from actors.people.tables import Account


async def set_roles(
    session: AsyncSession,
    account: Account,
    actor: Actor,
    roles: frozenset[Role],
    *,
    by: int | None,
    reason: str = "",
    now: datetime,
) -> None:
    """Give a person these roles and no others; that holds from their next request on. ``by`` is noted."""
    given, taken = roles - account.roles, account.roles - roles
    for act, changed in (("role-granted", given), ("role-revoked", taken)):
        for role in sorted(changed):
            note_act(
                session, by, act, now=now, object_uri=actor.uri, object_name=actor.account, reason=reason,
                details={"role": role},
            )  # fmt: skip
    account.roles = roles
    await revoke_unbacked(session, actor.id, by=by, now=now)


async def disable_account(
    session: AsyncSession, account: Account, actor: Actor, *, by: int | None, reason: str, now: datetime
) -> None:
    """Keep a person from signing in, and end what is open: browsers, tokens and invitations."""
    account.state = AccountState.DISABLED
    note_act(session, by, "account-disabled", now=now, object_uri=actor.uri, object_name=actor.account, reason=reason)
    await end_access(session, actor.id, now=now)
    await revoke_unbacked(session, actor.id, by=by, now=now)


def enable_account(session: AsyncSession, account: Account, actor: Actor, *, by: int | None, now: datetime) -> None:
    """Let a person sign in again."""
    account.state = AccountState.ACTIVE
    note_act(session, by, "account-enabled", now=now, object_uri=actor.uri, object_name=actor.account)
