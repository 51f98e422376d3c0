"""Making people: an actor and its account at once, and an administrator's yes or no to those who wait.

Somebody who waits has an actor already, so that the handle is theirs, but one that is suspended: no page and
no document shows it.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import wake_after_commit
from actors.keys import KeyRing
from actors.kinds import ActorKind, Role
from actors.local import create_actor
from actors.people.accounts import add_account
from actors.people.kinds import AccountState
from actors.people.tables import Account
from actors.site import Site
from actors.wakeups import CHANGED
from federation.keys import PrivateKey


async def create_person(
    session: AsyncSession,
    site: Site,
    keys: KeyRing,
    pair: tuple[PrivateKey, PrivateKey],
    *,
    handle: str,
    name: str,
    email: str,
    now: datetime,
    password_hash: str | None = None,
    bio: str = "",
    language: str | None = None,
    roles: frozenset[Role] = frozenset(),
    state: AccountState = AccountState.ACTIVE,
    reason: str = "",
    confirmed: bool = False,
) -> tuple[Account, Actor]:
    """Create a person with an account; ``confirmed`` says that the address is known to be theirs.

    ``pair`` comes from `actors.keys.make_pair`. Raises `HandleError` or `EmailError`, both a `ValueError`.
    """
    actor = await create_actor(
        session, site, keys, pair, kind=ActorKind.PERSON, handle=handle, name=name, summary=bio, now=now
    )
    if state is AccountState.WAITING:
        actor.suspended_at = now
    account = await add_account(
        session, actor, email=email, password_hash=password_hash, roles=roles, now=now, state=state, bio=bio,
        language=language, reason=reason, email_confirmed_at=now if confirmed else None,
    )  # fmt: skip
    wake_after_commit(session, CHANGED)
    return account, actor


async def is_waiting(session: AsyncSession, actor: Actor) -> bool:
    """Whether this local actor is of somebody who waits to be let in, and so is not there for anyone yet."""
    if actor.suspended_at is None:
        return False
    state = await session.scalar(select(Account.state).where(Account.actor_id == actor.id))
    return state is AccountState.WAITING


def approve_account(session: AsyncSession, account: Account, actor: Actor, *, by: int | None, now: datetime) -> None:
    """Let in somebody who waits; `web.pages.signin.letters` tells them. Raises `ValueError` for who does not wait."""
    _check_waiting(account)
    account.state = AccountState.ACTIVE
    actor.suspended_at = None
    note_act(session, by, "registration-approved", now=now, object_uri=actor.uri, object_name=actor.account)
    wake_after_commit(session, CHANGED)


async def decline_account(
    session: AsyncSession, account: Account, actor: Actor, *, by: int | None, reason: str, now: datetime
) -> None:
    """Turn down somebody who waits, and keep nothing of them; `web.pages.signin.letters` tells them.

    Raises `ValueError` for who does not wait.
    """
    _check_waiting(account)
    note_act(session, by, "registration-declined", now=now, object_name=actor.account, reason=reason)
    # Nobody has ever seen this actor, so no tombstone has to stay and the handle is free again.
    await session.execute(delete(Actor).where(Actor.id == actor.id))


def _check_waiting(account: Account) -> None:
    if account.state is not AccountState.WAITING:
        raise ValueError("this account does not wait for an answer")
