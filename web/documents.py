"""The files of knowledge products, and our own static files.

A document is served under the hash of its content, never under a type that a browser or a server
would run or believe: what somebody uploaded must not pass for a page or an ActivityStreams document
of ours (Mastodon GHSA-jhrq-qvrm-qr36).
"""

from typing import Final

from aiohttp import web
from sqlalchemy import select

from actors.media.tables import Attachment
from actors.posts.tables import Post
from actors.visibility import ANYONE, Viewer, visible_to
from web.activitypub.documents import viewer_of
from web.keys import DATABASE, DOCUMENTS, STATIC

_INLINE: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain"})


async def stored_document(request: web.Request) -> web.StreamResponse:
    """Answer with a document, to those who may see a post that it belongs to."""
    digest = request.match_info["digest"]
    path = request.app[DOCUMENTS].path(digest)
    if path is None:
        raise web.HTTPNotFound
    attachment = await _attachment(request, digest, ANYONE)
    if attachment is None and (viewer := await viewer_of(request)).actor_id is not None:
        attachment = await _attachment(request, digest, viewer)
    if attachment is None:
        raise web.HTTPNotFound
    shown = "inline" if attachment.media_type in _INLINE else "attachment"
    return web.FileResponse(
        path,
        headers={
            "Content-Type": attachment.media_type,
            "Content-Disposition": f'{shown}; filename="{attachment.file_name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "Cache-Control": "private, max-age=300",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


async def _attachment(request: web.Request, digest: str, viewer: Viewer) -> Attachment | None:
    async with request.app[DATABASE].reading() as session:
        query = (
            select(Attachment)
            .join(Post, Post.id == Attachment.post_id)
            .where(Attachment.digest == digest, visible_to(viewer))
            .limit(1)
        )
        return (await session.scalars(query)).one_or_none()


async def static_file(request: web.Request) -> web.Response:
    """Answer with a file of the interface; its name holds its hash, so it never changes."""
    found = request.app[STATIC].get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    body, content_type = found
    return web.Response(
        body=body,
        headers={
            "Content-Type": content_type,
            "Cache-Control": "public, max-age=31536000, immutable",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
