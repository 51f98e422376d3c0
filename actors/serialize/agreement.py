"""An agreement as ActivityStreams: what is signed, and beside it what happened, which nobody signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from actors.actor import Actor
from actors.agreements.kinds import TOLD_OF
from actors.agreements.tables import AgreementChange
from actors.serialize.moments import stamp
from federation.documents import JsonObject
from federation.documents.agreement import AGREEMENT_TYPES, MOST_CHANGES, STATUS_CHANGE_TYPES
from federation.vocabulary import AGREEMENT_CONTEXT, PUBLIC


@dataclass(frozen=True)
class AgreementDraft:
    """What an agreement is to say: who does what by when, in plain text."""

    name: str
    content: str
    due_at: datetime
    parties: Sequence[tuple[Actor, str]]


def status_uri(agreement_uri: str) -> str:
    """Return the id of the collection of what happened to an agreement."""
    return f"{agreement_uri}/status"


def write_agreement(
    uri: str, draft: AgreementDraft, *, proposer: Actor, issue: Actor, version: int, now: datetime
) -> JsonObject:
    """Return a version of an agreement as it is to be signed."""
    document: JsonObject = {
        "@context": AGREEMENT_CONTEXT,
        "id": uri,
        "type": AGREEMENT_TYPES,
        "attributedTo": proposer.uri,
        "issue": issue.uri,
        "version": version,
        "name": draft.name,
        "content": draft.content,
        "mediaType": "text/plain",
        "parties": [{"actor": actor.uri, "does": does} for actor, does in draft.parties],
        "endTime": stamp(draft.due_at),
        "published": stamp(now),
        "to": [PUBLIC],
        "status": status_uri(uri),
    }
    if version > 1:
        document["previousVersion"] = f"{uri}/versies/{version - 1}"
    return document


def write_changes(changes: Sequence[tuple[AgreementChange, Actor]]) -> list[JsonObject]:
    """Return the last twenty things that happened and that no version or proof tells."""
    told = [(change, actor) for change, actor in changes if change.what in TOLD_OF]
    return [write_change(change, actor.uri) for change, actor in told[-MOST_CHANGES:]]


def write_change(change: AgreementChange, actor_uri: str) -> JsonObject:
    """Return one thing that happened."""
    document: JsonObject = {
        "type": STATUS_CHANGE_TYPES,
        "actor": actor_uri,
        "status": change.what.value,
        "version": change.version,
        "published": stamp(change.at),
    }
    if change.reason:
        document["reason"] = change.reason
    return document
