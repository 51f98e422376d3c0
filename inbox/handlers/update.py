"""Update: a post, or an actor, is no longer as it was (ActivityPub, section 7.3).

Only its author changes a post. Its author does not change with it, and never do more people see it
than before (PeerTube CVE-2026-73090, GoToSocial 0.13.3); fewer may. An older version never replaces
a newer one (promise P4).
"""

from sqlalchemy import delete, update

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.kinds import PostKind
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.tables import Meeting, Mention, PollOption, Post, PostTheme
from actors.visibility import is_open, narrower
from actors.wakeups import CHANGED
from federation.audience import Visibility, visibility_of
from federation.documents import Activity, ActorDocument, JsonObject, PostDocument, same_origin, types_of
from federation.vocabulary import ACTOR_TYPES
from inbox.batch import Batch, KnownPost
from inbox.feedback import change_outcome, keep_if_older
from inbox.handlers.agreement import shows_agreement, update_agreement
from inbox.handlers.role import hide_perspective, shows_role
from inbox.names import addressed_by
from inbox.outcomes import DONE, Ignored, Outcome, Refused
from inbox.posting import add_parts, mention, take_post, text_columns, updated_of
from inbox.reading import is_post
from outbox.withdrawal import take_back

_PARTS = (Mention, PostTheme, Attachment, PollOption, Meeting, KnowledgeProduct, KnowledgeIssue)


async def update_(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Change what the sender said, or what it says of itself. One that overtook its Create stands in for it."""
    if activity.object is None:
        return Ignored("names an object without showing it")
    if shows_agreement(activity):
        return await update_agreement(activity, sender, batch)
    if shows_role(activity):
        return await hide_perspective(activity, sender, batch)
    if is_post(activity.object):
        document = batch.reading.post(activity.object)
        if document.id not in batch.known.posts:
            return take_post(batch, document, sender, activity=activity.raw)
        return await change_post(batch, document, sender, activity=activity.raw)
    if ACTOR_TYPES.isdisjoint(types_of(activity.object)):
        return Ignored("an object of a kind that is not kept")
    return await _change_actor(batch, activity.object, sender)


async def change_post(
    batch: Batch, document: PostDocument, author: Actor, *, activity: JsonObject | None = None
) -> Outcome:
    """Have a known post changed to what its author now says."""
    post = batch.known.posts[document.id]
    if post.author_id != author.id or document.attributed_to != author.uri or post.is_local:
        return Refused("not the sender's to change")
    if post.deleted_at is not None:
        return Ignored("changed after it was deleted")
    updated = updated_of(batch, document)
    if post.kind is PostKind.OUTCOME and await keep_if_older(batch, document, post):
        return Ignored("an older version than what is here")
    if post.updated_at is not None and (updated is None or updated <= post.updated_at):
        if document.updated is None and document.poll is not None:
            return await _recount(batch, document, post)
        return Ignored("older than what is here")
    await batch.flush()
    session = batch.session
    if post.kind is PostKind.OUTCOME:
        await change_outcome(batch, document, author, post)
    was_open, post.visibility = is_open(post.visibility), _visibility_after(document, author, post)
    await session.execute(
        update(Post)
        .where(Post.id == post.id)
        .values(**text_columns(batch, document), visibility=post.visibility, updated_at=updated)
        .execution_options(synchronize_session=False)
    )
    for table in _PARTS:
        await session.execute(delete(table).where(table.post_id == post.id))
    await session.execute(delete(Answer).where(Answer.outcome_id == post.id))
    post.updated_at = updated
    add_parts(batch, document, post)
    named = tuple(actor for uri in addressed_by(document) if (actor := batch.actor(uri)) is not None)
    mention(batch, document, author, post, named)
    wake_after_commit(session, CHANGED)
    if was_open and not is_open(post.visibility):
        await take_back(session, [post.uri])
    space = batch.space_of(post)
    if activity is not None and space is not None and space.is_local and is_open(post.visibility):
        batch.pass_on(space, activity, post.uri)
    return DONE


def _visibility_after(document: PostDocument, author: Actor, post: KnownPost) -> Visibility:
    # What is said among members stays there, whomever it addresses: so it was placed.
    if post.visibility is Visibility.MEMBERS:
        return post.visibility
    return narrower(post.visibility, visibility_of(document.to, document.cc, followers=author.followers))


async def _recount(batch: Batch, document: PostDocument, post: KnownPost) -> Outcome:
    # Votes come without a new `updated`: they are no edit.
    await batch.flush()
    for option in document.poll.options if document.poll is not None else ():
        await batch.session.execute(
            update(PollOption)
            .where(PollOption.post_id == post.id, PollOption.name == option.name)
            .values(votes=option.votes)
            .execution_options(synchronize_session=False)
        )
    wake_after_commit(batch.session, CHANGED)
    return DONE


async def _change_actor(batch: Batch, object_: JsonObject, sender: Actor) -> Outcome:
    document = ActorDocument.read(object_)
    known = batch.known.actors.get(document.id)
    if known is None:
        return Ignored("an actor that is not known here")
    hosts_it = batch.known.hosts.get(known.id) == sender.id and same_origin(known.uri, sender.uri)
    if known.is_local or not (known.id == sender.id or hosts_it):
        return Refused("not the sender's to change")
    if known.deleted_at is not None:
        return Ignored("changed after it was deleted")
    if document.updated is not None and document.updated < known.updated_at:
        return Ignored("older than what is here")
    await batch.store_actor(document)
    return DONE
