"""People whom a provider elsewhere knows: who they are here, and the roles that they have by its word.

A person is found by issuer and subject together. An e-mail address says nothing about it: it changes hands, and
whoever can make a provider say an address would have the account (Mastodon GHSA-vm39-j3vx-pch3).
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.ids import new_id
from actors.kinds import Role
from actors.people.accounts import is_last_administrator
from actors.people.identity_tables import Identity, ProviderSession
from actors.people.standing import set_roles
from actors.people.tables import Account, Session


class IdentityTaken(ValueError):
    """Another account is linked with this identity already."""


async def find_identity(session: AsyncSession, issuer: str, subject: str) -> Identity | None:
    """Return who somebody is here whom a provider tells of."""
    query = select(Identity).where(Identity.issuer == issuer, Identity.subject == subject)
    return (await session.scalars(query)).one_or_none()


async def identities_of(session: AsyncSession, account_id: int) -> Sequence[Identity]:
    """Return the ways by which a person signs in elsewhere."""
    return (
        await session.scalars(select(Identity).where(Identity.account_id == account_id).order_by(Identity.id))
    ).all()


async def link_identity(
    session: AsyncSession, account_id: int, *, issuer: str, subject: str, label: str, now: datetime
) -> Identity:
    """Have somebody sign in to this account by way of a provider. Raises `IdentityTaken`."""
    known = await find_identity(session, issuer, subject)
    if known is not None:
        if known.account_id != account_id:
            raise IdentityTaken
        return known
    identity = Identity(
        id=new_id(), account_id=account_id, issuer=issuer, subject=subject, label=label, linked_at=now, used_at=now,
        granted=frozenset(),
    )  # fmt: skip
    session.add(identity)
    await session.flush()
    note_act(session, account_id, "identity-linked", now=now, details={"issuer": issuer})
    return identity


async def unlink_identity(session: AsyncSession, account_id: int, identity_id: int, *, now: datetime) -> bool:
    """End that a person signs in by way of a provider, with the roles that it gave; False when there is no such way."""
    identity = await session.get(Identity, identity_id)
    if identity is None or identity.account_id != account_id:
        return False
    await give_roles(session, identity, frozenset(), now=now)
    note_act(session, account_id, "identity-unlinked", now=now, details={"issuer": identity.issuer})
    await session.delete(identity)
    return True


async def give_roles(session: AsyncSession, identity: Identity, roles: frozenset[Role], *, now: datetime) -> None:
    """Give a person the roles that the provider says, and take those that it does not say any more.

    Roles that were given here stay, whatever the provider says, and so does the last administrator.
    """
    account = await session.get_one(Account, identity.account_id)
    actor = await session.get_one(Actor, identity.account_id)
    ways = await identities_of(session, account.actor_id)
    granted: frozenset[Role] = reduce(frozenset.union, (way.granted for way in ways), frozenset())
    elsewhere = reduce(frozenset.union, (way.granted for way in ways if way.id != identity.id), frozenset[Role]())
    by_hand = account.roles - granted
    identity.granted = roles - by_hand
    wanted = by_hand | elsewhere | identity.granted
    if Role.ADMINISTRATOR in account.roles - wanted and await is_last_administrator(session, account):
        wanted |= {Role.ADMINISTRATOR}
    if wanted != account.roles:
        await set_roles(session, account, actor, wanted, by=None, now=now)


def note_provider_session(session: AsyncSession, digest: bytes, identity_id: int, *, sid: str, id_token: bytes) -> None:
    """Remember by which provider a browser session was opened; ``id_token`` is sealed."""
    session.add(ProviderSession(session_digest=digest, identity_id=identity_id, sid=sid, id_token=id_token))


async def provider_session(session: AsyncSession, digest: bytes) -> tuple[str, bytes] | None:
    """Return the issuer by which a browser session was opened, and its sealed ID token."""
    query = (
        select(Identity.issuer, ProviderSession.id_token)
        .join(ProviderSession, ProviderSession.identity_id == Identity.id)
        .where(ProviderSession.session_digest == digest)
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def end_provider_sessions(session: AsyncSession, issuer: str, *, subject: str, sid: str) -> None:
    """End the browser sessions that a provider says are over: one, or all of a person."""
    ended = (
        select(ProviderSession.session_digest)
        .join(Identity, Identity.id == ProviderSession.identity_id)
        .where(Identity.issuer == issuer)
    )
    if subject:
        ended = ended.where(Identity.subject == subject)
    if sid:
        ended = ended.where(ProviderSession.sid == sid)
    await session.execute(delete(Session).where(Session.digest.in_(ended)))
