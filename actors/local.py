"""Making actors of our own."""

import re
import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.ids import new_id
from actors.keys import KeyRing
from actors.kinds import ActorKind
from actors.sanitize import render_markdown
from actors.site import APPLICATION_HANDLE, Site
from federation.keys import PrivateKey

_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?\Z")
RESERVED_HANDLES = frozenset({APPLICATION_HANDLE, "admin", "administrator", "root", "samenspraak", "inbox", "actor"})


class HandleError(ValueError):
    """A handle that cannot be used: malformed, reserved or taken."""


def check_handle(handle: str) -> str:
    """Return the handle in lower case. Raises `HandleError`."""
    lowered = handle.lower()
    if not _HANDLE.match(lowered):
        raise HandleError(f"handle {handle!r} must be 1 to 60 letters, digits, hyphens or underscores")
    if lowered in RESERVED_HANDLES:
        raise HandleError(f"handle {handle!r} is reserved")
    return lowered


def handle_from(title: str) -> str:
    """Return a handle made of a title: ``Veilig online opgroeien`` gives ``veilig-online-opgroeien``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    handle = ""
    for word in words:
        longer = f"{handle}-{word}" if handle else word
        if len(longer) > 50:
            break
        handle = longer
    return handle or (words[0][:50] if words else "vraagstuk")


async def free_handle(session: AsyncSession, wanted: str) -> str:
    """Return the handle, with a number behind it when it is taken or reserved."""
    taken = set(
        await session.scalars(
            select(Actor.handle).where(Actor.is_local.is_(True), Actor.account_key.startswith(wanted, autoescape=True))
        )
    )
    candidate, number = wanted, 2
    while candidate in taken or candidate in RESERVED_HANDLES:
        candidate, number = f"{wanted}-{number}", number + 1
    return candidate


async def local_actor(session: AsyncSession, handle: str) -> Actor | None:
    """Return our actor of that handle, deleted ones too, so that a handle is never given twice."""
    if not _HANDLE.match(handle.lower()):
        return None  # what a path or a form may hold, and a database may not
    query = select(Actor).where(Actor.is_local.is_(True), Actor.handle == handle.lower())
    return (await session.scalars(query)).one_or_none()


async def create_actor(
    session: AsyncSession,
    site: Site,
    keys: KeyRing,
    pair: tuple[PrivateKey, PrivateKey],
    *,
    kind: ActorKind,
    handle: str,
    name: str,
    summary: str = "",
    now: datetime,
) -> Actor:
    """Create a local actor with its keys (made beforehand by `actors.keys.make_pair`).

    ``summary`` is Markdown. Raises `HandleError` when the handle is malformed, reserved or taken.
    """
    if kind is not ActorKind.APPLICATION:
        handle = check_handle(handle)
    if await local_actor(session, handle) is not None:
        raise HandleError(f"handle {handle!r} is taken")
    uri = site.actor_uri(kind, handle)
    base = f"{site.base_url}/actor" if kind is ActorKind.APPLICATION else uri
    actor = Actor(
        id=new_id(),
        uri=uri,
        kind=kind,
        is_local=True,
        handle=handle,
        domain=site.domain,
        name=name,
        summary=render_markdown(summary),
        url=uri,
        inbox=f"{base}/inbox",
        shared_inbox=site.shared_inbox,
        outbox=f"{base}/outbox",
        followers=f"{base}/followers",
        featured=f"{base}/featured",
        created_at=now,
        updated_at=now,
    )
    session.add(actor)
    keys.add(session, actor, pair)
    await session.flush()
    return actor


async def application_actor(session: AsyncSession) -> Actor:
    """Return the server's own actor. Raises `sqlalchemy.exc.NoResultFound` before `samenspraak init`."""
    query = select(Actor).where(Actor.is_local.is_(True), Actor.kind == ActorKind.APPLICATION)
    return (await session.scalars(query)).one()


async def own_organisation(session: AsyncSession) -> Actor:
    """Return the organisation that runs this instance. Raises `NoResultFound` before `samenspraak init`."""
    query = select(Actor).where(Actor.is_local.is_(True), Actor.kind == ActorKind.ORGANISATION)
    return (await session.scalars(query.order_by(Actor.id).limit(1))).one()
