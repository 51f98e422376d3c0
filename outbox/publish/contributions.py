"""Saying something: in an issue, in a network, or on one's own; changing it; withdrawing it."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.ids import new_id
from actors.kinds import PostKind
from actors.notifications import Notification
from actors.posts.detail import PostDetail, details
from actors.posts.store import Draft, PostRefused, bury_posts, edit_post, is_space, write_post
from actors.posts.tables import Post
from actors.serialize.post import audience_of, write_tombstone
from actors.serialize.post import write_post as write_document
from actors.site import Site
from actors.upsert import insert_or_ignore
from actors.versions import check_basis, version_of
from actors.visibility import is_open
from federation.audience import Visibility
from federation.documents import JsonObject
from outbox.announce import Passing, pass_on
from outbox.publish.outcome_notes import withdraw_notes
from outbox.publish.say import say
from outbox.recipients import follower_inboxes, inboxes_of
from outbox.withdrawal import inboxes_told, take_back

MOST_PICTURES: Final = 4
"""As many as Mastodon shows with a post."""


async def publish_contribution(
    session: AsyncSession, site: Site, author: Actor, draft: Draft, *, now: datetime
) -> Post:
    """Publish what a local actor says, to its followers, to whom it names and to where it is said.

    In a space of ours it is also passed on to those who follow that space; a space elsewhere does
    that itself once it has heard. Raises `PostRefused`.
    """
    if draft.space is not None and not is_space(draft.space):
        raise PostRefused("space", "nothing can be said in this actor")
    if len(draft.documents) > MOST_PICTURES:
        raise PostRefused("pictures", f"at most {MOST_PICTURES} pictures go with a contribution")
    post = await write_post(session, site, author, draft, now=now)
    (detail,) = await details(session, [post])
    await announce_post(session, site, detail, "Create", now=now)
    await notify_here(session, detail, now=now)
    return post


def version_of_contribution(post: Post) -> str:
    """Return on which version a change of a contribution is based."""
    return version_of(post.source, post.language)


async def edit_contribution(
    session: AsyncSession,
    site: Site,
    author: Actor,
    post: Post,
    *,
    source: str,
    language: str | None = None,
    based_on: str | None = None,
    now: datetime,
) -> bool:
    """Change what a local actor said; False when it is as it was.

    ``based_on`` is the version that they changed, or None for whatever stands there. Raises `PostRefused` when it is
    not theirs, or the text will not do, and `EditedMeanwhile`.
    """
    await hold_own(session, author, post)
    current = version_of_contribution(post)
    if current == version_of(source, language or post.language):
        return False
    if based_on is not None:
        check_basis(current, based_on)
    await edit_post(session, site, post, source=source, language=language, now=now)
    await tell_of_edit(session, site, post, now=now)
    return True


async def hold_own(session: AsyncSession, author: Actor, post: Post) -> None:
    """Hold a post as it is now, so that nobody else changes it meanwhile. Raises `PostRefused` for another's."""
    await session.refresh(post, with_for_update=True)
    _own(author, post)


async def tell_of_edit(session: AsyncSession, site: Site, post: Post, *, now: datetime) -> None:
    """Tell its audience how a local post is now; what everyone may read also whoever had it before."""
    await session.flush()
    (detail,) = await details(session, [post])
    told = await inboxes_told(session, post.uri) if is_open(post.visibility) else set()
    await announce_post(session, site, detail, "Update", also=told, now=now)


async def withdraw_post(session: AsyncSession, site: Site, author: Actor, post: Post, *, now: datetime) -> None:
    """Withdraw what a local actor said: a tombstone stays, a Delete goes wherever it went. Raises `PostRefused`."""
    _own(author, post)
    (detail,) = await details(session, [post])
    to, cc = audience_of(detail)
    inboxes = await audience_inboxes(session, detail) | await inboxes_told(session, post.uri)
    if post.kind is PostKind.OUTCOME:
        await withdraw_notes(session, site, author, post, now=now)
    await take_back(session, [post.uri])
    await bury_posts(session, [post.id], now=now)
    await session.refresh(post)
    document = await say(session, site, author, "Delete", write_tombstone(post), to=to, cc=cc, inboxes=inboxes, now=now)
    await _pass_on_here(session, site, detail, document, now=now)


async def announce_post(
    session: AsyncSession, site: Site, detail: PostDetail, verb: str, *, also: Collection[str] = (), now: datetime
) -> JsonObject:
    """Say Create or Update of a local post to its whole audience, and pass it on in a space of ours.

    ``also`` are inboxes that had it before, whether or not they are of its audience today.
    """
    to, cc = audience_of(detail)
    document = await say(
        session,
        site,
        detail.author,
        verb,
        write_document(site, detail),
        to=to,
        cc=cc,
        inboxes={*await audience_inboxes(session, detail), *also},
        now=now,
    )
    await _pass_on_here(session, site, detail, document, now=now)
    return document


async def audience_inboxes(session: AsyncSession, detail: PostDetail) -> set[str]:
    """Return the inboxes, one a server where it shares one, that a local post goes to directly."""
    post = detail.post
    inboxes = await inboxes_of(session, {actor.id for actor in [*detail.mentions, *_spaces(detail)]})
    if post.visibility in {Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS}:
        inboxes |= await follower_inboxes(session, [post.author_id])
    return inboxes


async def notify_here(session: AsyncSession, detail: PostDetail, *, now: datetime) -> None:
    """Tell people here that they are named or answered."""
    post = detail.post
    answered = (
        await session.scalar(select(Post.author_id).where(Post.id == post.reply_to_id)) if post.reply_to_id else 0
    )
    rows = [
        {
            "id": new_id(),
            "recipient_id": actor.id,
            "kind": "reply" if actor.id == answered else "mention",
            "from_id": post.author_id,
            "post_id": post.id,
            "created_at": now,
        }
        for actor in detail.mentions
        if actor.is_local and actor.id != post.author_id
    ]
    await insert_or_ignore(session, Notification, rows)


async def _pass_on_here(
    session: AsyncSession, site: Site, detail: PostDetail, document: JsonObject, *, now: datetime
) -> None:
    post = detail.post
    if not is_open(post.visibility):
        return
    first = document["type"] == "Create" and (post.reply_to_id is None or post.kind is PostKind.OUTCOME)
    here = [space for space in _spaces(detail) if space.is_local]
    await pass_on(session, site, [Passing(space, document, post.uri, bare=first) for space in here], now=now)


def _spaces(detail: PostDetail) -> list[Actor]:
    """Return where a post is said: in its space, and as a knowledge product in every issue that it is of use for."""
    spaces = [*([detail.space] if detail.space is not None else []), *detail.issues]
    return list({space.id: space for space in spaces}.values())


def _own(author: Actor, post: Post) -> None:
    if post.author_id != author.id or not post.is_local or post.deleted_at is not None:
        raise PostRefused("post", "this is not yours to change")


__all__ = [
    "MOST_PICTURES", "announce_post", "audience_inboxes", "edit_contribution", "hold_own", "notify_here",
    "publish_contribution", "tell_of_edit", "version_of_contribution", "withdraw_post",
]  # fmt: skip
