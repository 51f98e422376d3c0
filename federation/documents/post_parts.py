"""The parts of a post: its files, its poll, its tags, its source, and the answers that an outcome gives."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.documents.readers import (
    addressees_of,
    datetime_of,
    id_of,
    iri_of,
    list_of,
    objects_of,
    text_of,
    types_of,
    url_of,
    whole_of,
)
from federation.documents.syntax import JsonObject

MAX_CONTENT: Final = 100_000
MAX_NAME: Final = 500
MAX_SUMMARY: Final = 5_000
MAX_ATTACHMENTS: Final = 16
MAX_OPTIONS: Final = 20
MAX_HASHTAGS: Final = 50
MAX_MENTIONS: Final = 100
_MAX_TAGS_READ: Final = MAX_HASHTAGS + MAX_MENTIONS
_MAX_HASHTAG: Final = 100
_MAX_ANSWERS: Final = 1_000
_MAX_WORD: Final = 100


@dataclass(frozen=True, slots=True)
class Source:
    """What the author typed, before it became HTML."""

    content: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or link with a post; ``digest`` is a multibase multihash of its bytes, where its server gave one."""

    type: str
    url: str
    media_type: str | None
    name: str
    digest: str | None
    width: int | None
    height: int | None
    blurhash: str | None


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a poll, with how often it was chosen according to the poll's server."""

    name: str
    votes: int


@dataclass(frozen=True, slots=True)
class Poll:
    """The options of a ``Question``; ``multiple`` where more than one may be chosen."""

    options: tuple[Option, ...]
    multiple: bool
    closes: datetime | None
    closed: bool
    voters: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an outcome says of one contribution: ``verdict`` (adopted, partly, not) and the reason."""

    contribution: str
    verdict: str | None
    reason: str | None


def source_of(document: JsonObject) -> Source | None:
    """The ``source`` of a post (ActivityPub, section 3.3)."""
    source = document.get("source")
    if type(source) is not dict or (content := text_of(source.get("content"), MAX_CONTENT)) is None:
        return None
    return Source(content, text_of(source.get("mediaType"), _MAX_WORD) or "text/plain")


def attachments_of(document: JsonObject, name: str = "attachment") -> tuple[Attachment, ...]:
    """The first 16 attachments that lead somewhere; or what stands under another ``name``, such as ``image``."""
    return tuple(
        Attachment(
            type=next(iter(types_of(item)), "Document"),
            url=url,
            media_type=text_of(item.get("mediaType"), _MAX_WORD),
            name=text_of(item.get("name") or item.get("summary"), MAX_SUMMARY) or "",
            digest=text_of(item.get("digestMultibase"), 256),
            width=whole_of(item.get("width")),
            height=whole_of(item.get("height")),
            blurhash=text_of(item.get("blurhash"), _MAX_WORD),
        )
        for item in objects_of(document.get(name), MAX_ATTACHMENTS)
        if (url := url_of(item)) is not None
    )


def poll_of(document: JsonObject) -> Poll | None:
    """The poll in a ``Question`` (ActivityStreams vocabulary, section 3.1); its first 20 distinct options."""
    multiple = document.get("oneOf") is None
    items = objects_of(document.get("anyOf" if multiple else "oneOf"), MAX_OPTIONS)
    options = {name: Option(name, _votes_of(item)) for item in items if (name := text_of(item.get("name"), MAX_NAME))}
    if not options:
        return None
    closed = document.get("closed")
    return Poll(
        options=tuple(options.values()),
        multiple=multiple,
        closes=datetime_of(document.get("endTime")),
        closed=closed is True or type(closed) is str,
        voters=whole_of(document.get("votersCount")),
    )


def tags_of(document: JsonObject) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is mentioned (IRIs, at most 100) and which hashtags are there (without ``#``, at most 50)."""
    mentions: list[str] = []
    hashtags: list[str] = []
    for tag in objects_of(document.get("tag"), _MAX_TAGS_READ):
        types = types_of(tag)
        if "Mention" in types:
            mentions += addressees_of(id_of(tag.get("href")))
        elif "Hashtag" in types and (name := text_of(tag.get("name"), _MAX_HASHTAG)):
            hashtags.append(name.lstrip("#"))
    return tuple(dict.fromkeys(mentions))[:MAX_MENTIONS], tuple(dict.fromkeys(filter(None, hashtags)))[:MAX_HASHTAGS]


def answers_of(document: JsonObject) -> tuple[Answered, ...]:
    """What an outcome answers: IRIs, or ``Answer`` objects about an ``object`` with a verdict and a reason."""
    return tuple(
        answered for item in list_of(document.get("answers"), _MAX_ANSWERS) if (answered := _answer(item)) is not None
    )


def _answer(item: object) -> Answered | None:
    if type(item) is not dict:
        contribution = iri_of(item)
        return None if contribution is None else Answered(contribution, None, None)
    contribution = iri_of(item.get("object"))
    if contribution is None:
        return None
    return Answered(contribution, text_of(item.get("verdict"), _MAX_WORD), text_of(item.get("reason"), MAX_SUMMARY))


def _votes_of(option: JsonObject) -> int:
    replies = option.get("replies")
    return (whole_of(replies.get("totalItems")) if type(replies) is dict else None) or 0
