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
from actors.visibility import visible_to
from web.activitypub.documents import viewer_of
from web.keys import DATABASE, DOCUMENTS, STATIC

_INLINE: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "text/plain"})


async def stored_document(request: web.Request) -> web.StreamResponse:
    """Answer with a document, to those who may see a post that it belongs to."""
    digest = request.match_info["digest"]
    path = request.app[DOCUMENTS].path(digest)
    if path is None:
        raise web.HTTPNotFound
    async with request.app[DATABASE].reading() as session:
        attachment = (
            await session.scalars(
                select(Attachment)
                .join(Post, Post.id == Attachment.post_id)
                .where(Attachment.digest == digest, visible_to(await viewer_of(request)))
                .limit(1)
            )
        ).one_or_none()
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
