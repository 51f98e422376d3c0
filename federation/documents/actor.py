"""An actor: a person, a network, an issue, an organisation, on whatever server."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from federation.documents.life import PhaseChanged, Promised, phase_changes_of, promises_of
from federation.documents.readers import (
    check_iri,
    check_same_origin,
    datetime_of,
    id_of,
    ids_of,
    iri_of,
    list_of,
    objects_of,
    origin_of,
    text_of,
    types_of,
    url_of,
)
from federation.documents.syntax import JsonObject
from federation.errors import DocumentError, OriginError
from federation.vocabulary import ACTOR_TYPES

MAX_NAME: Final = 500
MAX_SUMMARY: Final = 5_000
_MAX_HANDLE: Final = 100
_MAX_KEYS: Final = 8
_MAX_KEY_CHARS: Final = 8_192
_MAX_FIELDS: Final = 16
_MAX_LABELS: Final = 50
_MAX_LABEL: Final = 200

_HANDLE = re.compile(r"[\w.~-]+")


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key as an actor publishes it; ``material`` is PEM or multibase, for ``keys.load_public``."""

    id: str
    owner: str
    material: str


@dataclass(frozen=True, slots=True)
class ActorDocument:
    """An actor as its server describes it; all that it owns is known to be of the same server as its id.

    ``handle`` is the ``preferredUsername``, or the host for an actor that has none (a server's own actor may not).
    ``kind`` and what follows it are our own terms, empty on other software.
    """

    id: str
    type: str
    handle: str
    name: str
    summary: str
    url: str | None
    icon_url: str | None
    image_url: str | None
    inbox: str
    outbox: str | None
    followers: str | None
    following: str | None
    featured: str | None
    shared_inbox: str | None
    manually_approves: bool
    discoverable: bool
    keys: tuple[PublishedKey, ...]
    fields: tuple[tuple[str, str], ...]
    also_known_as: tuple[str, ...]
    moved_to: str | None
    published: datetime | None
    updated: datetime | None
    context: str | None
    attributed_to: str | None
    posting_restricted_to_mods: bool
    identifier: str | None
    kind: str | None
    question: str | None
    why: str | None
    phase: str | None
    feedback_by: datetime | None
    host: str | None
    themes: tuple[str, ...]
    place: str | None
    perspectives_needed: tuple[str, ...]
    perspectives_present: tuple[str, ...]
    phase_changes: tuple[PhaseChanged, ...]
    promises: tuple[Promised, ...]
    issues: str | None
    knowledge_products: str | None
    raw: JsonObject

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read an actor (ActivityPub, section 4).

        Raises ``DocumentError`` without an id, inbox or a type that is an actor's; ``OriginError`` where an inbox,
        collection or key is of another server, or a key names another owner (FEP-fe34, Fedify 2.2.10). Texts and
        lists are cut at their caps.
        """
        identifier = check_iri(id_of(document.get("id")))
        types = types_of(document)
        type_ = next((name for name in types if name in ACTOR_TYPES), None)
        if type_ is None:
            raise DocumentError(f"not an actor but {types[:2]}")
        inbox = _own(document.get("inbox"), identifier, "inbox")
        if inbox is None:
            raise DocumentError("an actor without an inbox")
        endpoints = document.get("endpoints")
        shared = endpoints.get("sharedInbox") if type(endpoints) is dict else None
        return cls(
            id=identifier,
            type=type_,
            handle=_handle_of(document, identifier),
            name=text_of(document.get("name"), MAX_NAME) or "",
            summary=text_of(document.get("summary"), MAX_SUMMARY) or "",
            url=url_of(document.get("url")),
            icon_url=url_of(document.get("icon")),
            image_url=url_of(document.get("image")),
            inbox=inbox,
            outbox=_own(document.get("outbox"), identifier, "outbox"),
            followers=_own(document.get("followers"), identifier, "followers"),
            following=_own(document.get("following"), identifier, "following"),
            featured=_own(document.get("featured"), identifier, "featured"),
            shared_inbox=_own(shared, identifier, "sharedInbox"),
            manually_approves=document.get("manuallyApprovesFollowers") is True,
            discoverable=document.get("discoverable") is True,
            keys=_keys_of(document, identifier),
            fields=_fields_of(document),
            also_known_as=tuple(ids_of(document.get("alsoKnownAs"), 16)),
            moved_to=iri_of(document.get("movedTo")),
            published=datetime_of(document.get("published")),
            updated=datetime_of(document.get("updated")),
            context=iri_of(document.get("context")),
            attributed_to=iri_of(document.get("attributedTo")),
            posting_restricted_to_mods=document.get("postingRestrictedToMods") is True,
            identifier=text_of(document.get("identifier"), MAX_NAME),
            kind=text_of(document.get("kind"), _MAX_LABEL),
            question=text_of(document.get("question"), MAX_SUMMARY),
            why=text_of(document.get("why"), MAX_SUMMARY),
            phase=text_of(document.get("phase"), _MAX_LABEL),
            feedback_by=datetime_of(document.get("feedbackBy")),
            host=iri_of(document.get("host")),
            themes=_labels_of(document.get("themes")),
            place=iri_of(document.get("place")),
            perspectives_needed=_labels_of(document.get("perspectivesNeeded")),
            perspectives_present=_labels_of(document.get("perspectivesPresent")),
            phase_changes=phase_changes_of(document) if "phaseChanges" in document else (),
            promises=promises_of(document) if "promises" in document else (),
            issues=_own(document.get("issues"), identifier, "issues"),
            knowledge_products=_own(document.get("knowledgeProducts"), identifier, "knowledgeProducts"),
            raw=document,
        )


def _own(value: object, owner: str, what: str) -> str | None:
    found = iri_of(value)
    if found is not None:
        check_same_origin(owner, found, what)
    return found


def _handle_of(document: JsonObject, identifier: str) -> str:
    handle = text_of(document.get("preferredUsername"), _MAX_HANDLE + 1)
    if not handle:
        return origin_of(identifier)[1]
    if len(handle) > _MAX_HANDLE or not _HANDLE.fullmatch(handle):
        raise DocumentError("a preferredUsername that cannot be a handle")
    return handle


def _keys_of(document: JsonObject, identifier: str) -> tuple[PublishedKey, ...]:
    published = [
        (key.get("id"), key.get("owner"), key.get("publicKeyPem"))
        for key in objects_of(document.get("publicKey"), _MAX_KEYS)
    ]
    # FEP-521a
    published += [
        (key.get("id"), key.get("controller"), key.get("publicKeyMultibase"))
        for key in objects_of(document.get("assertionMethod"), _MAX_KEYS)
    ]
    return tuple(
        _key(check_iri(key_id), owner, material, identifier)
        for key_id, owner, material in published
        if type(owner) is str and type(material) is str and len(material) <= _MAX_KEY_CHARS
    )


def _key(key_id: str, owner: str, material: str, identifier: str) -> PublishedKey:
    if owner != identifier:
        raise OriginError(f"key {key_id} of {identifier} names another owner")
    check_same_origin(identifier, key_id, "key")
    return PublishedKey(key_id, owner, material)


def _fields_of(document: JsonObject) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value)
        for item in objects_of(document.get("attachment"), _MAX_FIELDS)
        if "PropertyValue" in types_of(item)
        and (name := text_of(item.get("name"), MAX_NAME))
        and (value := text_of(item.get("value"), MAX_NAME)) is not None
    )


def _labels_of(value: object) -> tuple[str, ...]:
    """Labels are plain words or IRIs of concepts; both are kept as they are."""
    found = (item[:_MAX_LABEL] if type(item) is str else id_of(item) for item in list_of(value, _MAX_LABELS) if item)
    return tuple(dict.fromkeys(label for label in found if label))
