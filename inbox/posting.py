"""From a document of another server to rows: the one way in for posts, however they came."""

from datetime import datetime
from typing import Any, Final

from actors.actor import Actor
from actors.ids import new_id
from actors.kinds import KnowledgeKind, PostKind, Theme
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.tables import Meeting, Mention, PollOption, PostTheme
from actors.sanitize import clean_line
from actors.signals.store import SIGNAL_ANSWERED
from federation.audience import Visibility
from federation.documents import JsonObject, PostDocument
from federation.documents.readers import list_of
from inbox.batch import Batch, KnownPost
from inbox.feedback import add_outcome, answer_rows
from inbox.names import issues_of
from inbox.outcomes import DONE, Ignored, Outcome, Refused
from inbox.placing import Place, place
from inbox.signals import hear_signal, is_answer

_LONGEST_NAME: Final = 500
_LONGEST_SUMMARY: Final = 5_000
_LONGEST_THEME: Final = 100
_LONGEST_LANGUAGE: Final = 35
_LONGEST_PERSPECTIVE: Final = 200
_LONGEST_DESCRIPTION: Final = 1_500
_LONGEST_SIDE: Final = 100_000
_THEMES: Final = frozenset(theme.value for theme in Theme)
_KINDS: Final = frozenset(kind.value for kind in KnowledgeKind)


def take_post(
    batch: Batch,
    document: PostDocument,
    author: Actor,
    *,
    relayed_by: Actor | None = None,
    activity: JsonObject | None = None,
    silent: bool = False,
) -> Outcome:
    """Have a post stored, unless it is known, was deleted before, or concerns nobody here.

    The author must be who the document is attributed to. ``activity`` is what a space of ours passes
    on; it is None for what a space elsewhere announced. ``silent`` tells nobody: what was said long ago is no news.
    """
    if document.attributed_to != author.uri:
        return Refused("said by one actor, attributed to another")
    if document.id in batch.known.posts:
        return DONE
    if (document.id, author.uri) in batch.known.tombstones:
        return Ignored("deleted before it came")
    where = place(batch, document, author, relayed_by=relayed_by)
    if not isinstance(where, Place):
        return where
    post = _add(batch, document, author, where)
    add_parts(batch, document, post)
    if post.kind is PostKind.OUTCOME:
        add_outcome(batch, document, post, min(document.published or batch.now, batch.now))
    mention(batch, document, author, post, where.named)
    hear_signal(batch, document, author, post, where)
    if not silent:
        _tell(batch, document, author, post, where)
    if activity is not None and where.space is not None and where.space.is_local and where.is_open:
        bare = where.parent is None or where.kind is PostKind.OUTCOME
        batch.pass_on(where.space, activity, document.id, bare=bare)
    return DONE


def text_columns(batch: Batch, document: PostDocument) -> dict[str, Any]:
    """Return the columns that an Update may change."""
    language = document.language
    return {
        "name": clean_line(document.name, _LONGEST_NAME) if document.name else "",
        "summary": clean_line(document.summary, _LONGEST_SUMMARY) if document.summary else "",
        "content": batch.reading.content(document),
        "language": language if language is not None and len(language) <= _LONGEST_LANGUAGE else None,
        "perspective": clean_line(document.perspective or "", _LONGEST_PERSPECTIVE) or None,
        "url": document.url or document.id,
        "sensitive": document.sensitive,
    }


def updated_of(batch: Batch, document: PostDocument) -> datetime | None:
    """Return when a post says that it was changed; never later than now, or no later change would count."""
    return min(document.updated, batch.now) if document.updated is not None else None


def add_parts(batch: Batch, document: PostDocument, post: KnownPost) -> None:
    """Have what belongs to a post written: its themes, files, options, date, and what it is in the domain."""
    batch.add(PostTheme, *({"post_id": post.id, "theme": theme} for theme in themes_of(document)))
    batch.add(Attachment, *_attachments(document, post))
    match post.kind:
        case PostKind.POLL:
            batch.add(PollOption, *_options(document, post))
        case PostKind.MEETING:
            batch.add(Meeting, _meeting(document, post))
        case PostKind.KNOWLEDGE:
            _add_knowledge(batch, document, post)
        case PostKind.OUTCOME:
            batch.add(Answer, *answer_rows(batch, document, post))


def mention(batch: Batch, document: PostDocument, author: Actor, post: KnownPost, named: tuple[Actor, ...]) -> None:
    """Have those noted whom a post names, without who blocks its author, and without where it is said."""
    for actor in named:
        if actor.id not in {author.id, post.space_id} and not batch.blocks(actor, author):
            batch.add_once(Mention, {"post_id": post.id, "actor_id": actor.id})


def themes_of(document: PostDocument) -> list[str]:
    """Return the themes and other hashtags of a post, in lower case; ours in their own spelling."""
    labels = (label for label in list_of(document.raw.get("themes"), 50) if type(label) is str)
    ours = {theme.replace("-", ""): theme for theme in labels if theme in _THEMES}
    tags = (tag.lower()[:_LONGEST_THEME] for tag in document.hashtags)
    return sorted({*ours.values(), *(ours.get(tag, tag) for tag in tags)})


def _add(batch: Batch, document: PostDocument, author: Actor, where: Place) -> KnownPost:
    post_id = new_id()
    post = KnownPost(
        id=post_id,
        uri=document.id,
        author_id=author.id,
        kind=where.kind,
        visibility=where.visibility,
        space_id=where.space.id if where.space is not None else None,
        thread_id=where.parent.thread_id if where.parent is not None else post_id,
        is_local=False,
        updated_at=updated_of(batch, document),
    )
    row = {
        "id": post.id,
        "uri": post.uri,
        "author_id": post.author_id,
        "kind": post.kind,
        "type": document.type,
        "visibility": post.visibility,
        "space_id": post.space_id,
        "thread_id": post.thread_id,
        "reply_to_id": where.parent.id if where.parent is not None else None,
        "reply_to_uri": document.in_reply_to,
        "is_local": False,
        "published_at": min(document.published or batch.now, batch.now),
        "updated_at": post.updated_at,
        **text_columns(batch, document),
    }
    batch.add_post(post, row)
    return post


def _tell(batch: Batch, document: PostDocument, author: Actor, post: KnownPost, where: Place) -> None:
    told = {author.id}
    if where.kind is PostKind.OUTCOME:
        for answered in document.answers:
            contribution = _answered(batch, answered.contribution, post)
            if contribution is not None and contribution.is_local:
                _notify(batch, contribution.author_id, "outcome", author, post, told)
    parent = where.parent
    if parent is not None and parent.is_local and _may_hear(batch, document, parent.author_id, post, where):
        kind = SIGNAL_ANSWERED if is_answer(batch, author, where) else "reply"
        _notify(batch, parent.author_id, kind, author, post, told)
    mentioned = frozenset(document.mentions)
    for actor in where.named:
        if actor.uri in mentioned and _may_hear(batch, document, actor.id, post, where):
            _notify(batch, actor.id, "mention", author, post, told)


def _notify(batch: Batch, actor_id: int, kind: str, author: Actor, post: KnownPost, told: set[int]) -> None:
    recipient = batch.known.actors_by_id.get(actor_id)
    if recipient is not None and actor_id not in told:
        told.add(actor_id)
        batch.notify(recipient, kind, author, post)


def _may_hear(batch: Batch, document: PostDocument, actor_id: int, post: KnownPost, where: Place) -> bool:
    # A notification shows the post's first words, so it goes to nobody who may not see the post;
    # `actors.visibility` judges again when it is shown.
    if where.is_open:
        return True
    if post.visibility is Visibility.MEMBERS:
        return (post.space_id, actor_id) in batch.known.members
    return any(actor.id == actor_id for actor in where.named)


def _attachments(document: PostDocument, post: KnownPost) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "post_id": post.id,
            "position": position,
            "url": item.url,
            "media_type": item.media_type or "application/octet-stream",
            "name": clean_line(item.name, _LONGEST_DESCRIPTION),
            "file_name": clean_line(item.url.partition("?")[0].rpartition("/")[2], 255),
            "width": _side(item.width),
            "height": _side(item.height),
            "is_cover": item is document.image,
        }
        for position, item in enumerate(
            [*([document.image] if document.image is not None else []), *document.attachments]
        )
    ]


def _side(pixels: int | None) -> int | None:
    return pixels if pixels is not None and 0 < pixels <= _LONGEST_SIDE else None


def _options(document: PostDocument, post: KnownPost) -> list[dict[str, Any]]:
    options = document.poll.options if document.poll is not None else ()
    return [
        {
            "post_id": post.id,
            "position": position,
            "name": clean_line(option.name, _LONGEST_NAME),
            "votes": option.votes,
        }
        for position, option in enumerate(options)
    ]


def _meeting(document: PostDocument, post: KnownPost) -> dict[str, Any]:
    return {
        "post_id": post.id,
        "starts_at": document.start,
        "ends_at": document.end,
        "location": clean_line(document.location or "", _LONGEST_NAME),
    }


def _add_knowledge(batch: Batch, document: PostDocument, post: KnownPost) -> None:
    kind = KnowledgeKind(document.kind) if document.kind in _KINDS else KnowledgeKind.REPORT
    batch.add(KnowledgeProduct, {"post_id": post.id, "kind": kind, "licence": document.license or "", "version": 1})
    issues = (batch.actor(uri) for uri in issues_of(document))
    batch.add(KnowledgeIssue, *({"post_id": post.id, "issue_id": issue.id} for issue in issues if issue is not None))


def _answered(batch: Batch, uri: str, outcome: KnownPost) -> KnownPost | None:
    # Whoever hosts an issue gives feedback on what was said in it, and on nothing else.
    contribution = batch.known.posts.get(uri)
    if contribution is None or contribution.space_id is None or contribution.space_id != outcome.space_id:
        return None
    return contribution
