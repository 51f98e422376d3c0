"""A role on an issue: a Relationship between an actor and an issue, and the Offer that asks for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from federation.documents.readers import (
    check_iri,
    datetime_of,
    id_of,
    iri_of,
    list_of,
    objects_of,
    same_origin,
    text_of,
    types_of,
)
from federation.documents.syntax import JsonObject
from federation.errors import DocumentError
from federation.vocabulary import NAMESPACE

RELATIONSHIP: Final = "Relationship"
LONGEST_EXPECTATION: Final = 2_000
LONGEST_PERSPECTIVE: Final = 200
_MOST_CO_HOSTS: Final = 100
_MOST_LISTED: Final = 100
ROLES: Final = frozenset(
    {"host", "lead", "key-person", "expert-by-experience", "practitioner", "policy-officer", "participant"}
)
"""What an actor can be on an issue: the words after our namespace in ``relationship``."""


@dataclass(frozen=True, slots=True)
class RoleDocument:
    """A role on an issue, as some server describes it. Whose it is to say so is for the reader to check."""

    id: str
    subject: str
    role: str
    issue: str
    perspective: str | None
    is_perspective_shown: bool
    expectation: str
    status: str | None
    published: datetime | None
    started: datetime | None
    ended: datetime | None

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read a role. Raises ``DocumentError`` for what lacks a part; texts are cut at their caps."""
        if not is_role(document):
            raise DocumentError("not a role on an issue")
        return cls(
            id=check_iri(id_of(document.get("id"))),
            subject=check_iri(id_of(document.get("subject"))),
            role=_word_of(document),
            issue=check_iri(id_of(document.get("object"))),
            perspective=text_of(document.get("perspective"), LONGEST_PERSPECTIVE) or None,
            is_perspective_shown=document.get("perspectiveShown") is True,
            expectation=text_of(document.get("content"), LONGEST_EXPECTATION) or "",
            status=text_of(document.get("status"), 30),
            published=datetime_of(document.get("published")),
            started=datetime_of(document.get("startTime")),
            ended=datetime_of(document.get("endTime")),
        )


def is_role(document: JsonObject) -> bool:
    """Whether a document is a role on an issue, and no other relationship."""
    return RELATIONSHIP in types_of(document) and _word_of(document) in ROLES


def role_offered(document: JsonObject | None) -> JsonObject | None:
    """The role that an embedded Offer is about, if it is one."""
    if document is None or "Offer" not in types_of(document):
        return None
    about = document.get("object")
    return about if type(about) is dict and is_role(about) else None


def roles_in(document: JsonObject) -> list[RoleDocument]:
    """The roles that a page of a collection lists; what cannot be read is left out."""
    found: list[RoleDocument] = []
    for item in objects_of(document.get("orderedItems"), _MOST_LISTED):
        try:
            found.append(RoleDocument.read(item))
        except DocumentError:
            continue
    return found


def hosts_in(document: JsonObject) -> frozenset[str]:
    """Who hosts an issue, as the issue itself says: an organisation of its own server, and those it took beside it."""
    host = iri_of(document.get("host"))
    own = {host} if host is not None and same_origin(host, check_iri(id_of(document.get("id")))) else set()
    others = (iri_of(item) for item in list_of(document.get("coHosts"), _MOST_CO_HOSTS))
    return frozenset(own | {uri for uri in others if uri is not None})


def _word_of(document: JsonObject) -> str:
    value = id_of(document.get("relationship")) or ""
    for start in (NAMESPACE, "samen:"):
        if value.startswith(start):
            return value[len(start) :]
    return ""
