"""Documents and pictures that people sent, and our own static files.

A file is served under the hash of its content, never under a type that a browser or a server would
run or believe: what somebody uploaded must not pass for a page or an ActivityStreams document of ours
(Mastodon GHSA-jhrq-qvrm-qr36). It is there for who may see something that it belongs to, and for as
long as that is so: withdrawn, it is gone, and shared caches ask again within the hour.
"""

from dataclasses import dataclass
from typing import Final

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.media.tables import ActorPicture, Attachment
from actors.posts.tables import Post
from actors.visibility import ANYONE, Viewer, visible_to
from web.activitypub.documents import viewer_of
from web.keys import DATABASE, DOCUMENTS, STATIC
from web.static_files import answer_with

_INLINE: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp", "text/plain"})


@dataclass(frozen=True)
class _File:
    """A file that the asker may have; ``is_open`` when everyone may."""

    media_type: str
    file_name: str
    is_open: bool


async def stored_document(request: web.Request) -> web.StreamResponse:
    """Answer with a document or picture, to those who may see something that it belongs to."""
    digest = request.match_info["digest"]
    path = request.app[DOCUMENTS].path(digest)
    file = await _file(request, digest) if path is not None else None
    if path is None or file is None:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=_headers(file, file.media_type))


async def preview(request: web.Request) -> web.StreamResponse:
    """Answer with a smaller version of a picture, to those who may see the picture."""
    digest = request.match_info["digest"]
    path = request.app[DOCUMENTS].path(digest, int(request.match_info["wide"]))
    file = await _file(request, digest) if path is not None else None
    if path is None or file is None:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=_headers(file, "image/webp"))


def _headers(file: _File, media_type: str) -> dict[str, str]:
    shown = "inline" if media_type in _INLINE else "attachment"
    return {
        "Content-Type": media_type,
        "Content-Disposition": f'{shown}; filename="{file.file_name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "public, max-age=3600" if file.is_open else "private, no-store",
        # Other servers show what is open on their own pages.
        "Cross-Origin-Resource-Policy": "cross-origin" if file.is_open else "same-origin",
    }


async def _file(request: web.Request, digest: str) -> _File | None:
    async with request.app[DATABASE].reading() as session:
        found = await _attached(session, digest, ANYONE) or await _of_actor(session, digest)
    if found is not None:
        return found
    viewer = await viewer_of(request)
    if viewer.actor_id is None:
        return None
    async with request.app[DATABASE].reading() as session:
        return await _attached(session, digest, viewer)


async def _attached(session: AsyncSession, digest: str, viewer: Viewer) -> _File | None:
    query = (
        select(Attachment.media_type, Attachment.file_name)
        .join(Post, Post.id == Attachment.post_id)
        .where(Attachment.digest == digest, visible_to(viewer))
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else _File(row[0], row[1], is_open=viewer == ANYONE)


async def _of_actor(session: AsyncSession, digest: str) -> _File | None:
    query = (
        select(ActorPicture.media_type, ActorPicture.file_name)
        .join(Actor, Actor.id == ActorPicture.actor_id)
        .where(ActorPicture.digest == digest, Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else _File(row[0], row[1], is_open=True)


async def static_file(request: web.Request) -> web.Response:
    """Answer with a file of the interface; its name holds its hash, so it never changes."""
    found = request.app[STATIC].get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    return answer_with(request, found)
