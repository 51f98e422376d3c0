"""What goes with a post: stored documents and pictures, each with its description."""

from collections.abc import Sequence
from typing import Final, TypeAlias

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
    for position, (document, name) in enumerate([*covers, *documents]):
        session.add(
            Attachment(
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
                is_cover=position < len(covers),
            )
        )
