"""An activity: who did what to what, and for whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from federation.documents.readers import (
    MAX_ADDRESSEES,
    addressees_of,
    check_iri,
    check_same_origin,
    datetime_of,
    id_of,
    iri_of,
    list_of,
    types_of,
)
from federation.documents.syntax import JsonObject
from federation.errors import DocumentError
from federation.vocabulary import ACTIVITY_TYPES, OBJECT_TYPES


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity as a peer sent it, with its id and actor known to be of one server.

    ``object`` is the whole object where it was embedded, else ``None``; ``object_id`` is its IRI in both cases. An
    embedded object is the peer's word only: who owns it is for the handler to check.
    """

    id: str
    type: str
    actor: str
    object: JsonObject | None
    object_id: str | None
    target_id: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]
    published: datetime | None
    raw: JsonObject

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read an activity (ActivityPub, section 3; ActivityStreams vocabulary, section 3.1).

        Raises ``DocumentError`` without an id, actor or type, with more than 100 addressees, or where ``attributedTo``
        names anything but IRIs; ``OriginError`` where id and actor are of different servers (FEP-fe34).
        """
        identifier = check_iri(id_of(document.get("id")))
        actor = check_iri(id_of(document.get("actor")))
        check_same_origin(identifier, actor, "actor")
        check_attribution(document)
        embedded = _embedded(document.get("object"))
        if embedded is not None and not OBJECT_TYPES.isdisjoint(types_of(embedded)):
            check_attribution(embedded)
        return cls(
            id=identifier,
            type=_type_of(document),
            actor=actor,
            object=embedded,
            object_id=iri_of(document.get("object")),
            target_id=iri_of(document.get("target")),
            to=addressees_of(document.get("to")),
            cc=addressees_of(document.get("cc")),
            audience=addressees_of(document.get("audience")),
            published=datetime_of(document.get("published")),
            raw=document,
        )


def check_attribution(document: JsonObject) -> None:
    """Raise ``DocumentError`` where ``attributedTo`` holds anything but IRIs.

    An embedded author is a way to show one author and name another.
    """
    for author in list_of(document.get("attributedTo"), MAX_ADDRESSEES):
        check_iri(author)


def _type_of(document: JsonObject) -> str:
    types = types_of(document)
    if not types:
        raise DocumentError("an activity without a type")
    return next((name for name in types if name in ACTIVITY_TYPES), types[0])


def _embedded(value: Any) -> JsonObject | None:
    if type(value) is list and len(value) == 1:
        value = value[0]
    return value if type(value) is dict else None
