"""Accounts: who has one, what they may do, and what opens them: a password or a token.

`actors.people.register` makes them, `actors.people.standing` changes how they stand, `actors.people.sessions`
holds a browser signed in.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, String, func, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import Role
from actors.people.kinds import AccountState, Assurance
from actors.people.tables import Account, Session, Token

SCOPES = frozenset({"read", "write", "follow", "push", "profile"})
SHORTEST_PASSWORD = 10

# Narrower than RFC 5321 on purpose: no quoting, no comments, no control characters (CVE-2026-41259).
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")

_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe(32))
"""Verified when there is no such account, so that the answer takes as long as when there is."""


@dataclass(frozen=True)
class SignedIn:
    """A person who is signed in here, and how: with a browser session, or a token and its scopes."""

    actor: Actor
    roles: frozenset[Role]
    language: str | None
    scopes: frozenset[str] | None = None
    """None for a browser session, which may do everything its person may."""
    session: Session | None = None
    """The browser session; None for a token."""
    withheld: frozenset[Role] = frozenset()
    """Roles that this person has, and gets once this browser proves who it is in two ways."""

    @property
    def has_two_factors(self) -> bool:
        """Whether this browser proved who it is in two ways."""
        return self.session is not None and self.session.assurance is Assurance.TWO

    def without_roles(self) -> "SignedIn":
        """Return the same person, whose roles wait for a second factor."""
        return replace(self, roles=frozenset(), withheld=self.roles)

    def has(self, role: Role) -> bool:
        """Whether this person has the role; an administrator has every one."""
        return role in self.roles or Role.ADMINISTRATOR in self.roles

    @property
    def is_admin(self) -> bool:
        """Whether this person administers the instance."""
        return Role.ADMINISTRATOR in self.roles

    @property
    def is_editor(self) -> bool:
        """Whether this person publishes under the name of the organisation."""
        return self.has(Role.EDITOR)

    @property
    def is_moderator(self) -> bool:
        """Whether this person handles reports."""
        return self.has(Role.MODERATOR)

    @property
    def may_read(self) -> bool:
        """Whether this sign-in covers reading, all of it or a part; who may not read is shown what anyone is."""
        return self.scopes is None or any(scope.partition(":")[0] == "read" for scope in self.scopes)

    def may(self, scope: str) -> bool:
        """Whether this sign-in covers the scope; ``read`` covers ``read:statuses``."""
        return self.scopes is None or scope in self.scopes or scope.partition(":")[0] in self.scopes


class EmailError(ValueError):
    """An e-mail address outside the grammar that we take, or in use already."""


def hash_password(password: str) -> str:
    """Return an Argon2id hash. Takes about 50 ms of CPU: call it in a thread from a server.

    Raises `ValueError` for a password that is too short.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password needs at least {SHORTEST_PASSWORD} characters")
    return _hasher.hash(_bytes(password))


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password fits; equally slow when there is no account (``password_hash`` None)."""
    try:
        _hasher.verify(password_hash or _NOBODY, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


async def add_account(
    session: AsyncSession,
    actor: Actor,
    *,
    email: str,
    password_hash: str | None,
    now: datetime,
    roles: frozenset[Role] = frozenset(),
    **more: Any,
) -> Account:
    """Let a local person sign in; ``more`` are columns of the account. Raises `EmailError`."""
    address = check_email(email)
    if await account_with_email(session, address) is not None:
        raise EmailError(f"{email!r} is in use")
    values = {"email": address, "password_hash": password_hash, "roles": roles, "created_at": now, **more}
    account = Account(actor_id=actor.id, **values)
    session.add(account)
    await session.flush()
    return account


async def account_with_email(session: AsyncSession, email: str) -> Account | None:
    """Return the account with this address, whatever its state."""
    # Case counts in an address, but not to the person who signs in with it.
    query = select(Account).where(func.lower(Account.email) == email.lower()).limit(1)
    return (await session.scalars(query)).first()


async def administrators(session: AsyncSession) -> list[Account]:
    """Return the accounts of those who administer the instance, and can: they are neither closed nor suspended."""
    query = select(Account).join(Actor, Actor.id == Account.actor_id).where(has_administrator(), *usable())
    return list(await session.scalars(query))


async def is_last_administrator(session: AsyncSession, account: Account) -> bool:
    """Whether nobody would administer the instance without this person: they keep the role, and their account.

    Whoever administers is held until the end of the transaction, so that two who decide at once do not
    together take the last one away.
    """
    if not account.administers:
        return False
    await hold_accounts(session)
    # Asked anew: what somebody else decided meanwhile is seen by a statement that begins after it.
    return all(other.actor_id == account.actor_id for other in await administrators(session))


async def hold_accounts(session: AsyncSession, actor_ids: Collection[int] = ()) -> None:
    """Hold these accounts and all that administer, as they are now; in one order, so that two never wait in a ring."""
    held = or_(Account.actor_id.in_(actor_ids), has_administrator())
    query = select(Account).where(held).order_by(Account.actor_id).with_for_update()
    (await session.scalars(query, execution_options={"populate_existing": True})).all()


def check_email(email: str) -> str:
    """Return the address as we store it, its domain in lower case. Raises `EmailError`."""
    if len(email) > 254 or not _EMAIL.match(email):
        raise EmailError(f"{email!r} is not an e-mail address")
    local, _, domain = email.rpartition("@")
    return f"{local}@{domain.lower()}"


async def find_account(session: AsyncSession, name: str) -> tuple[Account, Actor] | None:
    """Return the account of a person by handle or e-mail address, whatever its state."""
    handle, address = name.strip().lstrip("@").lower(), name.strip().lower()
    if not address.isprintable():
        return None
    query = (
        select(Account, Actor)
        .join(Actor, Actor.id == Account.actor_id)
        .where(
            or_(Actor.handle == handle, func.lower(Account.email) == address),
            Actor.deleted_at.is_(None),
            or_(Actor.suspended_at.is_(None), Account.state == AccountState.WAITING),
        )
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def issue_token(session: AsyncSession, account: Account, scopes: frozenset[str], *, now: datetime) -> str:
    """Make a bearer token with these scopes; only its hash is kept. Raises `ValueError` for an unknown scope."""
    if unknown := {scope for scope in scopes if scope.partition(":")[0] not in SCOPES}:
        raise ValueError(f"unknown scope: {' '.join(sorted(unknown))}")
    secret = secrets.token_urlsafe(32)
    session.add(
        Token(digest=digest(secret), actor_id=account.actor_id, scopes=" ".join(sorted(scopes)), created_at=now)
    )
    return secret


async def signed_in_by_token(session: AsyncSession, secret: str) -> SignedIn | None:
    """Return whose bearer token this is, unless it was revoked."""
    query = (
        select(Actor, Account, Token.scopes)
        .join(Account, Account.actor_id == Actor.id)
        .join(Token, Token.actor_id == Actor.id)
        .where(Token.digest == digest(secret), Token.revoked_at.is_(None), *usable())
    )
    row = (await session.execute(query)).first()
    return None if row is None else SignedIn(row[0], row[1].roles, row[1].language, frozenset(row[2].split()))


async def set_language(session: AsyncSession, actor_id: int, language: str) -> None:
    """Remember in which language a person reads."""
    await session.execute(update(Account).where(Account.actor_id == actor_id).values(language=language))


def digest(secret: str) -> bytes:
    """Return what is stored of a secret. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(_bytes(secret)).digest()


def _bytes(secret: str) -> bytes:
    # Headers and forms may hold halves of characters, which are as wrong as any other guess and no more.
    return secret.encode("utf-8", "surrogatepass")


def has_administrator() -> ColumnElement[bool]:
    """Return the condition that an account has the role of administrator."""
    return type_coerce(Account.roles, String).contains(Role.ADMINISTRATOR.value)


def usable() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which an account may be used at all."""
    return Actor.deleted_at.is_(None), Actor.suspended_at.is_(None), Account.state == AccountState.ACTIVE
