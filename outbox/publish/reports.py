"""Telling another server what was reported about one of its own, as Mastodon does: with a Flag, naming no reporter."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.local import application_actor
from actors.moderation.tables import Report
from actors.posts.tables import Post
from actors.site import Site
from outbox.publish.say import say


async def forward_report(
    session: AsyncSession, site: Site, report: Report, about: Actor, posts: Sequence[Post], *, now: datetime
) -> None:
    """Send a report to the server of whom it is about, once, in the name of this server."""
    if about.is_local or report.forwarded_at is not None:
        return
    report.forwarded_at = now
    await say(
        session,
        site,
        await application_actor(session),
        "Flag",
        [about.uri, *(post.uri for post in posts if post.author_id == about.id)],
        to=[about.uri],
        inboxes=[about.shared_inbox or about.inbox],
        now=now,
        content=report.comment,
    )
