"""What goes with a post: stored documents and pictures, each with its description."""

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.ids import new_id
from actors.media.store import StoredDocument
from actors.media.tables import Attachment
from actors.sanitize import clean_line
from actors.site import Site

LONGEST_DESCRIPTION: Final = 1_500
"""As long as Mastodon takes: the words that stand in for a picture, or say what is in a document."""

Described: TypeAlias = tuple[StoredDocument, str]


def attach(
    session: AsyncSession, site: Site, post_id: int, documents: Sequence[Described], *, cover: Described | None = None
) -> None:
    """Let documents and pictures go with a post, in their order, the cover first."""
    covers = [cover] if cover is not None else []
    for position, described in enumerate([*covers, *documents]):
        session.add(_attachment(site, post_id, position, described, is_cover=position < len(covers)))


async def attach_anew(
    session: AsyncSession,
    site: Site,
    post_id: int,
    kept: Collection[int],
    documents: Sequence[Described],
    *,
    cover: Described | None = None,
) -> None:
    """Let go of what is not ``kept``, and of the cover that another replaces; add documents after those that stay."""
    attached = await session.scalars(
        select(Attachment).where(Attachment.post_id == post_id).order_by(Attachment.position)
    )
    position = 0
    if cover is not None:
        session.add(_attachment(site, post_id, position, cover, is_cover=True))
        position = 1
    for attachment in attached.all():
        if attachment.id not in kept or (attachment.is_cover and cover is not None):
            await session.delete(attachment)
        else:
            attachment.position = position
            position += 1
    for place, described in enumerate(documents, start=position):
        session.add(_attachment(site, post_id, place, described, is_cover=False))


def _attachment(site: Site, post_id: int, position: int, described: Described, *, is_cover: bool) -> Attachment:
    document, name = described
    return Attachment(
        id=new_id(),
        post_id=post_id,
        position=position,
        url=site.document_url(document.digest, document.file_name),
        media_type=document.media_type,
        name=clean_line(name, LONGEST_DESCRIPTION),
        file_name=document.file_name,
        digest=document.digest,
        size=document.size,
        width=document.width,
        height=document.height,
        is_cover=is_cover,
    )
