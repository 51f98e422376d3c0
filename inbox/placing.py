"""Where a post of another server belongs here, who may see it, and whether anyone here should have it.

A server is believed about its own: its author's words and, of the spaces, those that are its own or
ours. That something was said in a space of a third server is that space's to say, by announcing it.
"""

from dataclasses import dataclass
from typing import Final

from actors.actor import Actor
from actors.kinds import ActorKind, KnowledgeKind, PostKind
from actors.posts.store import is_space
from actors.visibility import is_open
from federation.audience import Visibility, visibility_of
from federation.documents import PostDocument, same_origin
from inbox.batch import Batch, KnownPost
from inbox.feedback import answered_here
from inbox.hosting import speaks_for
from inbox.names import addressed_by, issues_of
from inbox.outcomes import Ignored, Needs, Refused

_KNOWLEDGE: Final = frozenset(kind.value for kind in KnowledgeKind)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post belongs. ``named`` are the actors that it addresses and that we know."""

    kind: PostKind
    visibility: Visibility
    space: Actor | None
    parent: KnownPost | None
    named: tuple[Actor, ...]

    @property
    def is_open(self) -> bool:
        """Whether everyone may see it."""
        return is_open(self.visibility)


def place(
    batch: Batch, document: PostDocument, author: Actor, *, relayed_by: Actor | None
) -> Place | Ignored | Refused | Needs:
    """Return where a post belongs, or why it is not kept. ``relayed_by`` is the actor that announced it, if one did."""
    named = tuple(actor for uri in addressed_by(document) if (actor := batch.actor(uri)) is not None)
    parent = batch.known.posts.get(document.in_reply_to) if document.in_reply_to is not None else None
    if parent is not None and parent.kind is PostKind.POLL and document.name and not document.content:
        return Ignored("votes are not counted yet")
    kind = kind_of(batch, document, author)
    if not isinstance(kind, PostKind):
        return kind
    space = _space_of(batch, document, author, kind, parent, named, relayed_by)
    visibility = _visibility_of(batch, document, author, parent, space)
    if space is not None and space.is_local:
        if batch.blocks(space, author):
            return Refused("blocked where it was said")
        if space.id in batch.known.closed and (space.id, author.id) not in batch.known.members:
            return Refused("said in a network of which its author is no member")
    if relayed_by is not None and not is_open(visibility):
        return Ignored("announced, but not for everyone")
    wanted = relayed_by is not None or _is_wanted(batch, author, parent, named)
    if kind is PostKind.OUTCOME and space is not None:
        wanted = wanted or answered_here(batch, document, space.id)
    if not wanted:
        return Ignored("not for anyone here")
    if visibility in {Visibility.DIRECT, Visibility.FOLLOWERS} and parent is None:
        # A private word to the people behind an issue is no part of its conversation.
        space = None
    return Place(kind, visibility, space, parent, named)


def kind_of(batch: Batch, document: PostDocument, author: Actor) -> PostKind | Needs:
    """Return what a post is in the domain.

    An outcome is one only when the issue or who hosts it says it; from anyone else it is a contribution.
    """
    match document.type:
        case "Question" if document.poll is not None:
            return PostKind.POLL
        case "Event":
            return PostKind.MEETING
        case "Article":
            if document.raw.get("postType") == "outcome" or document.answers:
                return _outcome_or_not(batch, document, author)
            if document.raw.get("postType") == "knowledge" or document.kind in _KNOWLEDGE:
                return PostKind.KNOWLEDGE
    return PostKind.CONTRIBUTION


def issue_of(batch: Batch, document: PostDocument, author: Actor) -> Actor | None:
    """Return the issue that an outcome is about, if its author may speak for it."""
    for uri in (*issues_of(document), *document.audience):
        issue = batch.actor(uri)
        if issue is None or issue.kind is not ActorKind.ISSUE:
            continue
        if speaks_for(batch, issue, author) is True:
            return issue
    return None


def _outcome_or_not(batch: Batch, document: PostDocument, author: Actor) -> PostKind | Needs:
    if issue_of(batch, document, author) is not None:
        return PostKind.OUTCOME
    for uri in issues_of(document)[:1]:
        issue = batch.actor(uri)
        asked = speaks_for(batch, issue, author) if issue is not None and issue.kind is ActorKind.ISSUE else False
        if isinstance(asked, Needs):
            return asked
    unknown = tuple(
        uri
        for uri in issues_of(document)[:1]
        if uri not in batch.known.actors and uri not in batch.fetched and same_origin(uri, author.uri)
    )
    return Needs(actors=unknown) if unknown else PostKind.CONTRIBUTION


def _space_of(
    batch: Batch,
    document: PostDocument,
    author: Actor,
    kind: PostKind,
    parent: KnownPost | None,
    named: tuple[Actor, ...],
    relayed_by: Actor | None,
) -> Actor | None:
    if kind is PostKind.OUTCOME:
        return issue_of(batch, document, author)
    if parent is not None and parent.space_id is not None:
        spaces: tuple[Actor, ...] = (batch.known.actors_by_id[parent.space_id],)
    else:
        spaces = (*named, *([relayed_by] if relayed_by is not None else []))
    for space in spaces:
        if not is_space(space) or space.deleted_at is not None:
            continue
        if space.is_local or space is relayed_by or same_origin(space.uri, author.uri):
            return space
    return None


def _visibility_of(
    batch: Batch, document: PostDocument, author: Actor, parent: KnownPost | None, space: Actor | None
) -> Visibility:
    if space is not None and space.id in batch.known.closed:
        return Visibility.MEMBERS
    if parent is not None and parent.visibility is Visibility.MEMBERS:
        return Visibility.MEMBERS
    return visibility_of(document.to, document.cc, followers=author.followers)


def _is_wanted(batch: Batch, author: Actor, parent: KnownPost | None, named: tuple[Actor, ...]) -> bool:
    if author.id in batch.known.followed or parent is not None:
        return True
    return any(actor.is_local and not batch.blocks(actor, author) for actor in named)
