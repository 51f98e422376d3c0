"""A post as ActivityStreams: one writer for the part that all kinds share, one small one for each kind."""

from html import escape

from actors.kinds import PostKind
from actors.posts.detail import PostDetail
from actors.posts.tables import Post
from actors.sanitize import plain_text
from actors.serialize.attachment import write_attachment
from actors.serialize.hashtag import write_hashtag
from actors.serialize.moments import stamp
from actors.serialize.outcome import write_outcome
from actors.signals.tables import SignalPost, SignalState
from actors.site import Site
from federation.audience import Visibility, addressing
from federation.documents import JsonObject
from federation.vocabulary import CONTEXT, PUBLIC

_PREVIEW_CHARACTERS = 500


def audience_of(detail: PostDetail) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ``to`` and ``cc`` of a local post."""
    post = detail.post
    if post.kind is PostKind.ANSWER:
        # For one person's eyes first: it goes to no timeline of others, but who has its address can read it.
        return tuple(actor.uri for actor in detail.mentions), (PUBLIC,)
    spaces = [detail.space, *detail.issues] if detail.space is not None else detail.issues
    return addressing(
        post.visibility,
        followers=detail.author.followers,
        mentions=[actor.uri for actor in detail.mentions],
        spaces=[space.uri for space in spaces],
    )


def write_post(site: Site, detail: PostDetail) -> JsonObject:
    """Return the document of a local post, with its own ``@context``."""
    post = detail.post
    to, cc = audience_of(detail)
    document: JsonObject = {
        "@context": CONTEXT,
        "id": post.uri,
        "type": post.type,
        "attributedTo": detail.author.uri,
        "to": list(to),
        "cc": list(cc),
        "content": post.content,
        "url": post.url or post.uri,
        "published": stamp(post.published_at),
        "sensitive": post.sensitive,
        "tag": _tags(site, detail),
    }
    if post.updated_at is not None:
        document["updated"] = stamp(post.updated_at)
    if post.language:
        document["contentMap"] = {post.language: post.content}
    if post.perspective:
        document["perspective"] = post.perspective
    if post.name:
        document["name"] = post.name
    if post.summary:
        document["summary"] = post.summary
    if post.source is not None:
        document["source"] = {"content": post.source, "mediaType": "text/markdown"}
    if post.reply_to_uri:
        document["inReplyTo"] = post.reply_to_uri
    if detail.space is not None:
        # FEP-1b12: the group for which it is meant; FEP-7888: the conversation, which the group owns.
        document |= {"audience": detail.space.uri, "context": f"{detail.space.uri}/context"}
    if attached := [write_attachment(item) for item in detail.attachments if not item.is_cover]:
        document["attachment"] = attached
    if covers := [write_attachment(item) for item in detail.attachments if item.is_cover]:
        document["image"] = covers[0]
    if post.visibility is not Visibility.DIRECT:
        document["replies"] = f"{post.uri}/replies"
    if detail.signal is not None:
        document |= _signal(detail.signal)
    match post.kind:
        case PostKind.KNOWLEDGE:
            document |= _knowledge(site, detail)
        case PostKind.OUTCOME:
            document |= write_outcome(detail)
        case PostKind.POLL:
            document |= _poll(detail)
        case PostKind.MEETING:
            document |= _meeting(detail)
    return document


def write_tombstone(post: Post) -> JsonObject:
    """Return what stays of a withdrawn post."""
    document: JsonObject = {"@context": CONTEXT, "id": post.uri, "type": "Tombstone", "formerType": post.type}
    if post.deleted_at is not None:
        document["deleted"] = stamp(post.deleted_at)
    return document


def _tags(site: Site, detail: PostDetail) -> list[JsonObject]:
    mentions = [{"type": "Mention", "href": actor.uri, "name": f"@{actor.account}"} for actor in detail.mentions]
    return [*mentions, *(write_hashtag(site, theme) for theme in detail.themes)]


def _knowledge(site: Site, detail: PostDetail) -> JsonObject:
    post, product = detail.post, detail.product
    assert product is not None  # noqa: S101 - stored in one transaction with the post
    document: JsonObject = {"postType": "knowledge", "kind": product.kind.value, "themes": list(detail.themes)}
    if product.licence:
        document["license"] = product.licence
    if post.language:
        document["language"] = post.language
    if detail.issues:
        document["issue"] = [issue.uri for issue in detail.issues]
    # FEP-b2b8: software that shows no articles shows this note.
    link = escape(post.url or post.uri)
    told = escape(post.summary or plain_text(post.content)[:_PREVIEW_CHARACTERS])
    text = f'<p><strong>{escape(post.name)}</strong></p><p>{told}</p><p><a href="{link}">{link}</a></p>'
    document["preview"] = {
        "type": "Note",
        "attributedTo": detail.author.uri,
        "content": text,
        "published": stamp(post.published_at),
    }
    return document


def _signal(part: SignalPost) -> JsonObject:
    document: JsonObject = {"postType": "signal"}
    if part.state not in {None, SignalState.NEW}:
        document["status"] = part.state
    if part.issue_uri:
        document["issue"] = part.issue_uri
    return document


def _poll(detail: PostDetail) -> JsonObject:
    return {
        "oneOf": [
            {"type": "Note", "name": option.name, "replies": {"type": "Collection", "totalItems": option.votes}}
            for option in detail.options
        ]
    }


def _meeting(detail: PostDetail) -> JsonObject:
    meeting = detail.meeting
    if meeting is None:
        return {}
    document: JsonObject = {}
    if meeting.starts_at is not None:
        document["startTime"] = stamp(meeting.starts_at)
    if meeting.ends_at is not None:
        document["endTime"] = stamp(meeting.ends_at)
    if meeting.location:
        document["location"] = {"type": "Place", "name": meeting.location}
    return document
