"""An agreement: who does what by when, as its proposer's server describes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from federation.documents.readers import (
    check_iri,
    check_same_origin,
    datetime_of,
    id_of,
    iri_of,
    objects_of,
    text_of,
    types_of,
)
from federation.documents.syntax import JsonObject, dump
from federation.errors import DocumentError

AGREEMENT: Final = "Agreement"
STATUS_CHANGE: Final = "StatusChange"
AGREEMENT_TYPES: Final = ["Object", AGREEMENT]
STATUS_CHANGE_TYPES: Final = ["Object", STATUS_CHANGE]
"""What we write as types: Fedify refuses an activity whose object is of no type that it knows."""
LONGEST_NAME: Final = 150
LONGEST_CONTENT: Final = 3_000
LONGEST_DOES: Final = 500
LONGEST_REASON: Final = 500
MOST_PARTIES: Final = 10
MOST_VERSIONS: Final = 100
MOST_CHANGES: Final = 20
_MOST_BYTES: Final = 32_768


@dataclass(frozen=True, slots=True)
class Task:
    """What one party of an agreement does."""

    actor: str
    does: str


@dataclass(frozen=True, slots=True)
class AgreementDocument:
    """One version of an agreement; its id and its proposer are known to be of one server.

    The words are plain text, and nothing of them is cut: what is too long is refused, since all of it was signed.
    """

    id: str
    proposer: str
    issue: str
    version: int
    name: str
    content: str
    due: datetime
    tasks: tuple[Task, ...]
    published: datetime | None
    raw: JsonObject

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read an agreement. Raises ``DocumentError`` for what lacks a part, and ``OriginError`` for another's."""
        if AGREEMENT not in types_of(document):
            raise DocumentError("not an agreement")
        identifier = check_iri(id_of(document.get("id")))
        proposer = check_iri(document.get("attributedTo"))
        check_same_origin(identifier, proposer, "attributedTo")
        if len(dump({name: value for name, value in document.items() if name != "proof"})) > _MOST_BYTES:
            raise DocumentError("an agreement of too many words")
        due = datetime_of(document.get("endTime"))
        if due is None:
            raise DocumentError("an agreement without a date")
        version = document.get("version")
        if type(version) is not int or not 1 <= version <= MOST_VERSIONS:
            raise DocumentError("an agreement of no version")
        return cls(
            id=identifier,
            proposer=proposer,
            issue=check_iri(iri_of(document.get("issue"))),
            version=version,
            name=_whole(document.get("name"), LONGEST_NAME, "name"),
            content=_whole(document.get("content", ""), LONGEST_CONTENT, "content", empty=True),
            due=due,
            tasks=_tasks_of(document, proposer),
            published=datetime_of(document.get("published")),
            raw=document,
        )


@dataclass(frozen=True, slots=True)
class StatusDocument:
    """That somebody declined, finished, took up again or withdrew an agreement."""

    actor: str
    status: str
    version: int
    reason: str
    published: datetime

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read a change of an agreement. Raises ``DocumentError`` without who, what or when."""
        published, status = datetime_of(document.get("published")), document.get("status")
        version = document.get("version", 1)
        if STATUS_CHANGE not in types_of(document) or published is None or type(status) is not str:
            raise DocumentError("not a change of an agreement")
        if type(version) is not int or not 1 <= version <= MOST_VERSIONS:
            raise DocumentError("a change of no version")
        reason = text_of(document.get("reason"), LONGEST_REASON) or ""
        return cls(check_iri(iri_of(document.get("actor"))), status[:30], version, reason, published)


def is_agreement(document: JsonObject) -> bool:
    """Whether a document is of the type of an agreement."""
    return AGREEMENT in types_of(document)


def is_status_change(document: JsonObject) -> bool:
    """Whether a document tells what became of an agreement."""
    return STATUS_CHANGE in types_of(document)


def status_changes_of(document: JsonObject) -> tuple[StatusDocument, ...]:
    """The changes that stand beside an agreement, at most 20; what cannot be read is left out."""
    found: list[StatusDocument] = []
    for item in objects_of(document.get("statusChanges"), MOST_CHANGES):
        try:
            found.append(StatusDocument.read(item))
        except DocumentError:
            continue
    return tuple(found)


def _whole(value: object, longest: int, what: str, *, empty: bool = False) -> str:
    if type(value) is not str or len(value) > longest or not (value.strip() or empty):
        raise DocumentError(f"an agreement whose {what} is missing or too long")
    return value


def _tasks_of(document: JsonObject, proposer: str) -> tuple[Task, ...]:
    listed = document.get("parties")
    if type(listed) is not list or not 2 <= len(listed) <= MOST_PARTIES:
        raise DocumentError(f"an agreement of fewer than 2 or more than {MOST_PARTIES} parties")
    tasks = tuple(_task(item) for item in listed)
    actors = {task.actor for task in tasks}
    if len(actors) != len(tasks) or proposer not in actors:
        raise DocumentError("an agreement that names a party twice, or not the one who proposes it")
    return tasks


def _task(item: object) -> Task:
    if type(item) is not dict:
        raise DocumentError("a party that is no object")
    return Task(check_iri(item.get("actor")), _whole(item.get("does"), LONGEST_DOES, "task"))
