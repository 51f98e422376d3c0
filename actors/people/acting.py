"""Acting under another name: several people speak for one organisation, and it is known here who did.

Others see the organisation. Whoever may speak for it sees on a post which person placed it, and the log has
each act with both (`actors.audit`).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from actors.actor import Actor
from actors.audit import note_act
from actors.database import Base
from actors.people.accounts import SignedIn


class PostedFor(Base):
    """A post of the organisation, and the person who placed it."""

    __tablename__ = "posted_for"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)


def names_for(signed_in: SignedIn | None, organisation: Actor | None) -> tuple[Actor, ...]:
    """Return under whose names somebody may speak, their own first. This is the one place that decides it.

    A program with a token speaks for its person alone.
    """
    if signed_in is None:
        return ()
    if organisation is None or signed_in.scopes is not None or not signed_in.is_editor:
        return (signed_in.actor,)
    return signed_in.actor, organisation


def note_posted(
    session: AsyncSession, person_id: int, author: Actor, act: str, *, post_id: int, uri: str, now: datetime
) -> None:
    """Note who placed a post of somebody else; nothing when it is their own."""
    if person_id == author.id:
        return
    session.add(PostedFor(post_id=post_id, person_id=person_id))
    note_act(session, person_id, act, now=now, for_id=author.id, object_uri=uri, object_name=author.account)


async def placed_by(session: AsyncSession, post_ids: Collection[int]) -> dict[int, Actor]:
    """Return who placed these posts of the organisation, by the post's id."""
    query = select(PostedFor.post_id, Actor).join(Actor, Actor.id == PostedFor.person_id)
    rows = await session.execute(query.where(PostedFor.post_id.in_(post_ids), Actor.deleted_at.is_(None)))
    return {row[0]: row[1] for row in rows}
