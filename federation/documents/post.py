"""A post: a contribution, a poll, a knowledge product, an outcome or a meeting, on whatever server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from federation.documents.activity import check_attribution
from federation.documents.post_parts import (
    MAX_CONTENT,
    MAX_NAME,
    MAX_SUMMARY,
    Answered,
    Attachment,
    Poll,
    Source,
    answers_of,
    attachments_of,
    poll_of,
    source_of,
    tags_of,
)
from federation.documents.readers import (
    addressees_of,
    check_iri,
    check_same_origin,
    datetime_of,
    id_of,
    ids_of,
    iri_of,
    language_map_of,
    text_of,
    types_of,
    url_of,
)
from federation.documents.syntax import JsonObject
from federation.errors import DocumentError
from federation.vocabulary import OBJECT_TYPES


@dataclass(frozen=True, slots=True)
class PostDocument:
    """A post as its author's server describes it; its id and its author are known to be of one server.

    ``content`` is unsafe HTML, unless ``media_type`` says otherwise. ``context`` is the conversation, ``audience`` the
    groups that it is for (FEP-1b12). ``image`` is the picture on its cover. ``start``, ``end`` and ``location`` are
    those of an ``Event``. ``kind``, ``issue``, ``answers`` and ``perspective`` are our own terms. Texts and lists are
    cut at their caps; too many addressees are refused.
    """

    id: str
    type: str
    attributed_to: str
    content: str
    media_type: str
    content_language: str | None
    content_map: dict[str, str]
    name: str | None
    summary: str | None
    source: Source | None
    url: str | None
    in_reply_to: str | None
    context: str | None
    audience: tuple[str, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    mentions: tuple[str, ...]
    hashtags: tuple[str, ...]
    published: datetime | None
    updated: datetime | None
    sensitive: bool
    attachments: tuple[Attachment, ...]
    image: Attachment | None
    poll: Poll | None
    start: datetime | None
    end: datetime | None
    location: str | None
    license: str | None
    kind: str | None
    issue: str | None
    answers: tuple[Answered, ...]
    perspective: str | None
    raw: JsonObject

    @property
    def language(self) -> str | None:
        """The language of the content, as a BCP 47 tag."""
        return self.content_language

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read a post (ActivityStreams vocabulary, section 3.3).

        Raises ``DocumentError`` without an id or author, for a type that is no post, where ``attributedTo`` holds
        anything but IRIs, or with more than 100 addressees; ``OriginError`` where id and author are of different
        servers.
        """
        identifier = check_iri(id_of(document.get("id")))
        types = types_of(document)
        type_ = next((name for name in types if name in OBJECT_TYPES), None)
        if type_ is None:
            raise DocumentError(f"not a post but {types[:2]}")
        content, language, content_map = _content_of(document)
        mentions, hashtags = tags_of(document)
        event = type_ == "Event"
        return cls(
            id=identifier,
            type=type_,
            attributed_to=_author_of(document, identifier),
            content=content,
            media_type=text_of(document.get("mediaType"), 100) or "text/html",
            content_language=language,
            content_map=content_map,
            name=_text(document, "name", MAX_NAME),
            summary=_text(document, "summary", MAX_SUMMARY),
            source=source_of(document),
            url=url_of(document.get("url")),
            in_reply_to=iri_of(document.get("inReplyTo")),
            context=iri_of(document.get("context")),
            audience=addressees_of(document.get("audience")),
            to=addressees_of(document.get("to")),
            cc=addressees_of(document.get("cc")),
            mentions=mentions,
            hashtags=hashtags,
            published=datetime_of(document.get("published")),
            updated=datetime_of(document.get("updated")),
            sensitive=document.get("sensitive") is True,
            attachments=attachments_of(document) if "attachment" in document else (),
            image=next(iter(attachments_of(document, "image")), None) if "image" in document else None,
            poll=poll_of(document) if type_ == "Question" else None,
            start=datetime_of(document.get("startTime")) if event else None,
            end=datetime_of(document.get("endTime")) if event else None,
            location=_location_of(document) if event else None,
            license=iri_of(document.get("license")),
            kind=text_of(document.get("kind"), 200),
            issue=iri_of(document.get("issue")),
            answers=answers_of(document) if "answers" in document else (),
            perspective=text_of(document.get("perspective"), 200),
            raw=document,
        )


def _author_of(document: JsonObject, identifier: str) -> str:
    check_attribution(document)
    authors = ids_of(document.get("attributedTo"))
    if not authors:
        raise DocumentError("a post without attributedTo")
    for author in authors:
        check_same_origin(identifier, author, "attributedTo")
    return authors[0]


def _content_of(document: JsonObject) -> tuple[str, str | None, dict[str, str]]:
    content = text_of(document.get("content"), MAX_CONTENT)
    texts = language_map_of(document.get("contentMap"), MAX_CONTENT)
    if content is None:
        language, content = next(iter(texts.items()), (None, ""))
    else:
        # The map's only language, or the one whose text is the content, as Mastodon and Fedify write it.
        language = next((tag for tag, text in texts.items() if text == content or len(texts) == 1), None)
    return content, language or _declared_language(document.get("language")), texts


def _declared_language(value: object) -> str | None:
    # A plain tag, or Lemmy's {"identifier": "nl", "name": "Nederlands"}.
    tag = value.get("identifier") if type(value) is dict else value
    return next(iter(language_map_of({tag: ""}, 0)), None) if type(tag) is str else None


def _text(document: JsonObject, name: str, cap: int) -> str | None:
    text = text_of(document.get(name), cap)
    if text is None and (texts := language_map_of(document.get(f"{name}Map"), cap)):
        return next(iter(texts.values()))
    return text


def _location_of(document: JsonObject) -> str | None:
    location = document.get("location")
    if type(location) is list and location:
        location = location[0]
    return text_of(location.get("name") if type(location) is dict else location, MAX_NAME)
