"""Announce: somebody passes something on (ActivityPub, section 7.11; FEP-1b12 for groups).

Two things go by this name. A *bare* announcement names a post. A group also *wraps*: it announces
an activity that somebody sent to it. A wrapped activity proves nothing about who did it, so it
counts only as far as the announcer's own server owns what it speaks of; for the rest the object's
own origin is asked, and what was embedded is never looked at (Mastodon CVE-2022-24307 and its kin).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sqlalchemy import exists, or_, select, update

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.posts.store import is_space
from actors.posts.tables import Mention, Post
from actors.visibility import is_open
from actors.wakeups import CHANGED
from federation.documents import Activity, JsonObject, PostDocument, same_origin
from inbox.batch import Batch, KnownPost
from inbox.handlers.agreement import passed_on, shows_agreement
from inbox.handlers.delete import delete_, withdraw
from inbox.handlers.like import like
from inbox.handlers.undo import undo
from inbox.handlers.update import change_post
from inbox.outcomes import DONE, Ignored, Needs, Outcome, Refused
from inbox.posting import take_post
from inbox.reading import is_activity, is_post

_Inner = Callable[[Activity, Actor, Actor, Batch], Awaitable[Outcome]]


async def announce(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Note that the sender passes a post on, or hear what a group lets us know."""
    if activity.object is not None and is_activity(activity.object):
        return await _unwrap(activity.object, sender, batch)
    uri = activity.object_id
    if uri is None:
        return Ignored("names no object")
    if batch.is_undone(activity.id, sender):
        return Ignored("undone before it came")
    post = batch.known.posts.get(uri)
    if post is None:
        got = await _fetch_post(uri, sender, batch)
        if not isinstance(got, KnownPost):
            return got
        post = got
    if post.deleted_at is not None or not is_open(post.visibility):
        return Ignored("a post that is not for everyone")
    author = batch.known.actors_by_id[post.author_id]
    if batch.blocks(author, sender):
        return Ignored("blocked by the author")
    batch.react("announce", sender, post, activity.id)
    batch.notify(author, "announce", sender, post)
    await _join(batch, post, sender)
    return DONE


async def _fetch_post(uri: str, sender: Actor, batch: Batch) -> KnownPost | Outcome:
    if batch.site.is_local(uri):
        return Ignored("a post that is not here")
    if sender.id not in batch.known.followed:
        return Ignored("not for anyone here")
    got = _document(batch, uri)
    if not isinstance(got, PostDocument):
        return got
    author = _author(batch, got.attributed_to)
    if not isinstance(author, Actor):
        return author
    outcome = take_post(batch, got, author, relayed_by=sender)
    return batch.known.posts.get(got.id) or outcome


def _document(batch: Batch, uri: str) -> PostDocument | Outcome:
    got = batch.obtained(uri)
    if not isinstance(got, dict):
        return got
    return batch.reading.post(got) if is_post(got) else Ignored("an object of a kind that is not kept")


def _author(batch: Batch, uri: str) -> Actor | Outcome:
    author = batch.known.actors.get(uri)
    if author is None:
        return Needs(actors=(uri,))
    return author if batch.is_heard(author) else Refused("an author who is not heard")


async def _unwrap(embedded: JsonObject, group: Actor, batch: Batch) -> Outcome:
    if not is_space(group):
        return Ignored("an activity wrapped by what is no group")
    if group.id not in batch.known.followed:
        return Ignored("not for anyone here")
    inner = Activity.read(embedded)
    handler = _WRAPPED.get(inner.type)
    if handler is None:
        return Ignored("an activity that is not passed on")
    if batch.site.is_local(inner.actor):
        return Ignored("our own, come back")
    author = _author(batch, inner.actor)
    if not isinstance(author, Actor):
        return author
    if inner.type == "Update" and shows_agreement(inner):
        return await passed_on(inner, author, group, batch)
    return await handler(inner, author, group, batch)


async def _wrapped_post(inner: Activity, author: Actor, group: Actor, batch: Batch) -> Outcome:
    uri = inner.object_id
    if uri is None or not same_origin(uri, author.uri):
        return Refused("an object of another server than its author's")
    known = batch.known.posts.get(uri)
    if known is not None and inner.type == "Create":
        await _join(batch, known, group)
        return DONE
    if inner.object is not None and same_origin(author.uri, group.uri):
        document = batch.reading.post(inner.object) if is_post(inner.object) else None
        if document is None:
            return Ignored("an object of a kind that is not kept")
    else:
        got = _document(batch, uri)
        if not isinstance(got, PostDocument):
            return got
        document = got
    if document.id != uri:
        return Refused("found under another id")
    if known is not None:
        return await change_post(batch, document, author)
    return take_post(batch, document, author, relayed_by=group)


async def _wrapped_delete(inner: Activity, author: Actor, group: Actor, batch: Batch) -> Outcome:
    uri = inner.object_id
    if uri is None:
        return Ignored("names no object")
    post = batch.known.posts.get(uri)
    if post is None and not same_origin(uri, group.uri):
        return Ignored("a post that is not here")
    if same_origin(uri, group.uri):
        if post is None:
            return await delete_(inner, author, batch) if same_origin(author.uri, uri) else Ignored("not here")
        return Refused("not theirs to delete") if post.is_local else withdraw(batch, post)
    if post is None or post.is_local or post.deleted_at is not None:
        return Ignored("nothing to delete")
    if batch.is_gone(uri):
        return withdraw(batch, post)
    got = batch.obtained(uri)
    return got if isinstance(got, Needs) else Ignored("its own server still has it")


async def _wrapped_reaction(inner: Activity, author: Actor, group: Actor, batch: Batch) -> Outcome:
    if not same_origin(author.uri, group.uri):
        return Ignored("a reaction that nothing proves")
    return await (like if inner.type == "Like" else undo)(inner, author, batch)


_WRAPPED: Final[Mapping[str, _Inner]] = {
    "Create": _wrapped_post,
    "Update": _wrapped_post,
    "Delete": _wrapped_delete,
    "Like": _wrapped_reaction,
    "Undo": _wrapped_reaction,
}


async def _join(batch: Batch, post: KnownPost, group: Actor) -> None:
    """Have a post, and what answers it, belong to the group that announced it, unless it belongs somewhere already."""
    if post.space_id is not None or not is_space(group) or not is_open(post.visibility):
        return
    await batch.flush()
    if post.is_local and not await batch.session.scalar(
        select(exists().where(Mention.post_id == post.id, Mention.actor_id == group.id))
    ):
        # Who merely announces what somebody here said does not thereby become its place.
        return
    await batch.session.execute(
        update(Post)
        .where(or_(Post.id == post.id, Post.thread_id == post.id), Post.space_id.is_(None))
        .values(space_id=group.id)
        .execution_options(synchronize_session=False)
    )
    for known in batch.known.posts.values():
        if known.space_id is None and post.id in {known.id, known.thread_id}:
            known.space_id = group.id
    wake_after_commit(batch.session, CHANGED)
