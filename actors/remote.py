"""Storing what another server says of its own actors."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, ActorKey
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.instances.policy import policy_of
from actors.issues.store import store_remote_issue
from actors.kinds import ActorKind
from actors.moderation.servers import marks_of
from actors.sanitize import clean_line, clean_remote
from actors.upsert import insert_or_update
from actors.wakeups import CHANGED
from federation.documents import ActorDocument
from federation.errors import OriginError
from federation.webfinger import Account

_UPDATED = (
    "kind", "handle", "account_key", "name", "summary", "url", "icon_url", "inbox", "shared_inbox", "outbox",
    "followers", "featured", "manually_approves", "updated_at", "fetched_at",
)  # fmt: skip


def kind_of(document: ActorDocument) -> ActorKind:
    """Return what an actor of another server is to us: its own word for it counts within its type."""
    match document.type:
        case "Group":
            return {"issue": ActorKind.ISSUE, "network": ActorKind.NETWORK}.get(document.kind or "", ActorKind.GROUP)
        case "Organization":
            return ActorKind.ORGANISATION
        case "Application" | "Service":
            return ActorKind.APPLICATION
        case _:
            return ActorKind.PERSON


async def store_actor(session: AsyncSession, document: ActorDocument, *, now: datetime) -> Actor:
    """Insert or renew a remote actor, its keys, and what it says of itself as an issue.

    The document must have been fetched at its id, or have come signed by the actor itself. A
    suspended or deleted actor stays so: being fetched again does not bring it back, nor what it
    said of itself. Raises `OriginError` for what says that it is an actor of ours.
    """
    known = (await session.scalars(select(Actor).where(Actor.uri == document.id))).one_or_none()
    if known is not None and known.is_local:
        raise OriginError(f"another server describes {document.id}, which is ours")
    if known is not None and known.deleted_at is not None:
        return known
    domain = Account.of(document).domain
    marks = marks_of(await policy_of(session, domain), now) if known is None else {}
    await insert_or_update(
        session,
        Actor,
        marks
        | {
            "id": new_id(),
            "uri": document.id,
            "kind": kind_of(document),
            "is_local": False,
            "handle": document.handle,
            "domain": domain,
            "name": clean_line(document.name or "", 500) or document.handle,
            "summary": clean_remote(document.summary or ""),
            "url": document.url or document.id,
            "icon_url": document.icon_url,
            "inbox": document.inbox,
            "shared_inbox": document.shared_inbox,
            "outbox": document.outbox,
            "followers": document.followers,
            "featured": document.featured,
            "manually_approves": document.manually_approves,
            "created_at": now,
            # By its own clock, so that of two versions the older is known, in whatever order they come.
            "updated_at": min(document.updated or now, now),
            "fetched_at": now,
        },
        on=("uri",),
        update=_UPDATED,
    )
    actor = (
        await session.scalars(select(Actor).where(Actor.uri == document.id).execution_options(populate_existing=True))
    ).one()
    await _store_keys(session, actor, document, now)
    if actor.kind is ActorKind.ISSUE:
        await store_remote_issue(session, actor, document, now=now)
    wake_after_commit(session, CHANGED)
    return actor


async def _store_keys(session: AsyncSession, actor: Actor, document: ActorDocument, now: datetime) -> None:
    # A key that the actor no longer publishes is one that it no longer answers for.
    published = [key.id for key in document.keys]
    await session.execute(delete(ActorKey).where(ActorKey.actor_id == actor.id, ActorKey.uri.not_in(published)))
    for key in document.keys:
        await insert_or_update(
            session,
            ActorKey,
            {
                "id": new_id(),
                "actor_id": actor.id,
                "uri": key.id,
                "algorithm": "rsa" if key.material.lstrip().startswith("-----BEGIN") else "ed25519",
                "public": key.material,
                "created_at": now,
            },
            on=("uri",),
            update=("public", "algorithm"),
            # A key has one owner: whoever names another's as its own would pass for that other.
            where=ActorKey.actor_id == actor.id,
        )
