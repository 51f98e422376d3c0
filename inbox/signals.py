"""A private word to an organisation of ours is a signal, from whatever software; what follows it belongs to it."""

from typing import Final

from actors.actor import Actor
from actors.kinds import ActorKind, PostKind
from actors.signals.store import Heard
from actors.signals.tables import SignalState
from actors.visibility import is_private
from federation.documents import PostDocument, same_origin
from inbox.batch import Batch, KnownPost
from inbox.placing import Place
from inbox.role_replies import answer_in

_TOLD: Final = {state.value: state for state in (SignalState.ANSWERED, SignalState.AGENDA, SignalState.CLOSED)}


def hear_signal(batch: Batch, document: PostDocument, author: Actor, post: KnownPost, where: Place) -> None:
    """Have a private post begin a signal, or be part of the one that it answers."""
    if not is_private(post.visibility) or post.kind is not PostKind.CONTRIBUTION:
        return
    is_told = author.limited_at is None and not batch.policy.limits(author.domain)
    signal = batch.known.signals.get(where.parent.id) if where.parent is not None else None
    if signal is not None and author.id in {signal.organisation_id, signal.from_id}:
        is_answer = author.id == signal.organisation_id
        batch.hear_signal(
            Heard(
                post.id, signal.id, signal.organisation_id, signal.from_id, author.id, author.domain,
                _state_of(document) if is_answer else SignalState.NEW,
                _issue_of(document, author) if is_answer else None,
                is_told,
            )
        )  # fmt: skip
        return
    if where.parent is not None and where.parent.is_local and answer_in(document.content) is not None:
        return  # a bare yes or no to what we asked (`inbox.role_replies`)
    organisation = next((actor for actor in where.named if _is_ours(actor) and not batch.blocks(actor, author)), None)
    if organisation is not None:
        state = SignalState.NEW
        batch.hear_signal(
            Heard(post.id, post.id, organisation.id, author.id, author.id, author.domain, state, is_told=is_told)
        )


def is_answer(batch: Batch, author: Actor, where: Place) -> bool:
    """Whether an organisation answers a signal that somebody here gave it."""
    signal = batch.known.signals.get(where.parent.id) if where.parent is not None else None
    return signal is not None and signal.organisation_id == author.id


def _is_ours(actor: Actor) -> bool:
    return actor.is_local and actor.kind is ActorKind.ORGANISATION


def _state_of(document: PostDocument) -> SignalState:
    told = document.raw.get("status")
    return _TOLD.get(told, SignalState.ANSWERED) if type(told) is str else SignalState.ANSWERED


def _issue_of(document: PostDocument, author: Actor) -> str | None:
    uri = document.issue
    return uri if uri is not None and same_origin(uri, author.uri) else None
