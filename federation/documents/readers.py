"""Single values out of an untrusted document.

A reader answers "not there" (``None`` or empty) for what it cannot understand, since ActivityStreams lets almost
everything be left out, and cuts what is too long; only ``check_iri`` and ``addressees_of`` raise.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any, Final

from federation.documents.syntax import JsonObject
from federation.errors import DocumentError, OriginError
from federation.vocabulary import PUBLIC, is_public

MAX_IRI: Final = 2048
MAX_ADDRESSEES: Final = 100

_MAX_TYPES: Final = 8
_MAX_LANGUAGES: Final = 32
_MAX_DATETIME: Final = 64
_YEARS: Final = range(1900, 2200)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# One class a part, so that no input makes it go back. ASCII, or ignoring case would take the long s (U+017F) for an s
# and the Kelvin sign for a k, and so one host for another. In the path, spaces, control characters and the invisible
# ones that turn or hide text are refused; what is left is only ever shown escaped. A host that ends in a dot is the
# same server under a second name, under which nobody has blocked it.
_IRI = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9_-])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?#][^\x00-\x20\x7f-\xa0\\<>\"\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]*)?",
    re.IGNORECASE | re.ASCII,
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


def check_iri(uri: object) -> str:
    """The same IRI, if it is one that may name a thing on the web; ``DocumentError`` if not.

    It is http or https, has a host, at most 2,048 characters, no user or password, no spaces, control or invisible
    characters. Whether it may be *fetched* is for ``addresses`` to say.
    """
    if type(uri) is not str or len(uri) > MAX_IRI or not (match := _IRI.fullmatch(uri)):
        raise DocumentError("not an http(s) IRI")
    if (port := match["port"]) is not None and not 0 < int(port) < 65_536:
        raise DocumentError("an IRI with an impossible port")
    if match["host"].startswith("["):
        _check_literal(match["host"][1:-1])
    return uri


def _check_literal(host: str) -> None:
    try:
        IPv6Address(host)
    except ValueError:
        raise DocumentError("an IRI with an impossible address") from None


@lru_cache(maxsize=4096)
def origin_of(iri: str) -> tuple[str, str, int]:
    """The origin of an IRI: scheme, host and port, in lower case and with the port filled in (RFC 6454, section 4).

    Raises ``DocumentError`` for what ``check_iri`` refuses.
    """
    match = _IRI.fullmatch(check_iri(iri))
    assert match is not None  # noqa: S101  (check_iri has just matched it)
    scheme = match["scheme"].lower()
    return scheme, match["host"].lower(), int(match["port"] or _DEFAULT_PORTS[scheme])


def same_origin(one: str, other: str) -> bool:
    """Whether both IRIs are of one server, which then may speak of both (FEP-fe34).

    >>> same_origin("https://tilburg.example/users/anna", "https://TILBURG.example:443/inbox")
    True
    >>> same_origin("https://tilburg.example/users/anna", "http://tilburg.example/users/anna")
    False
    """
    return origin_of(one) == origin_of(other)


def check_same_origin(owner: str, other: str, what: str) -> None:
    """Raise ``OriginError``, naming ``what``, unless both IRIs are of one server."""
    if origin_of(owner) != origin_of(other):
        raise OriginError(f"{what} {other} is of another origin than {owner}")


def id_of(value: object) -> str | None:
    """The id of what is there: the string itself, an object's ``id`` or ``href``, or that of the only one in a list."""
    if type(value) is list and len(value) == 1:
        value = value[0]
    if type(value) is dict:
        value = value.get("id") or value.get("href")
    return value if type(value) is str and 0 < len(value) <= MAX_IRI else None


def iri_of(value: object) -> str | None:
    """The id of what is there, if it is an IRI that ``check_iri`` accepts."""
    found = id_of(value)
    return found if found is not None and _is_iri(found) else None


def ids_of(value: object, cap: int = MAX_ADDRESSEES) -> tuple[str, ...]:
    """The distinct ids of one value or a list, in order; of a longer list the first ``cap`` items are looked at."""
    if value is None:
        return ()
    items = value[:cap] if type(value) is list else [value]
    return tuple(dict.fromkeys(found for item in items if (found := id_of(item)) is not None))


def addressees_of(value: object) -> tuple[str, ...]:
    """Who ``to``, ``cc`` or ``audience`` addresses: IRIs, with ``PUBLIC`` for every way to write that.

    What is no IRI is left out. More than 100 raise ``DocumentError``: to cut the list could leave out the very name
    that decides who may read it.
    """
    if value is None:
        return ()
    if type(value) is list and len(value) > MAX_ADDRESSEES:
        raise DocumentError(f"addressed to {len(value)}, more than {MAX_ADDRESSEES}")
    return tuple(
        dict.fromkeys(
            PUBLIC if is_public(found) else found for found in ids_of(value) if is_public(found) or _is_iri(found)
        )
    )


def types_of(document: JsonObject) -> tuple[str, ...]:
    """The ``type`` or types of an object, at most 8."""
    value = document.get("type")
    if type(value) is str:
        return (value,) if len(value) <= MAX_IRI else ()
    if type(value) is list:
        return tuple(item for item in value[:_MAX_TYPES] if type(item) is str and len(item) <= MAX_IRI)
    return ()


def text_of(value: object, cap: int) -> str | None:
    """A text, cut at ``cap`` characters; of a list the first text."""
    if type(value) is list:
        value = next((item for item in value[:cap] if type(item) is str), None)
    return value[:cap] if type(value) is str else None


def language_map_of(value: object, cap: int) -> dict[str, str]:
    """A ``contentMap``, ``nameMap`` or ``summaryMap``: language tags to texts, each cut at ``cap``; at most 32."""
    if type(value) is not dict:
        return {}
    texts: dict[str, str] = {}
    for tag, text in value.items():
        if len(texts) == _MAX_LANGUAGES:
            break
        if type(text) is str and len(tag) <= 48 and _LANGUAGE.fullmatch(tag):
            texts[tag] = text[:cap]
    return texts


def datetime_of(value: object) -> datetime | None:
    """An ``xsd:dateTime`` as an aware moment in UTC; without an offset it is taken as UTC.

    A year outside 1900 to 2199 is "not there": the ends of the calendar have no time zones around them.
    """
    if type(value) is not str or len(value) > _MAX_DATETIME:
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment if moment.year in _YEARS else None
    except (ValueError, OverflowError):
        return None


def url_of(value: object) -> str | None:
    """Where a ``url``, ``icon`` or ``attachment`` leads: the first IRI in it, with HTML before other kinds.

    It may be a string, a ``Link`` with ``href``, an object with ``url``, or a list of these.
    """
    items = value[:_MAX_TYPES] if type(value) is list else [value]
    found = [(_is_page(item), url) for item in items if (url := _one_url_of(item)) is not None]
    return next((url for page, url in found if page), found[0][1] if found else None)


def whole_of(value: object) -> int | None:
    """A count: a whole number of zero or more."""
    return value if type(value) is int and value >= 0 else None


def list_of(value: object, cap: int) -> list[Any]:
    """The first ``cap`` items of what may be a list, one value or nothing."""
    if value is None:
        return []
    return value[:cap] if type(value) is list else [value]


def objects_of(value: object, cap: int) -> list[JsonObject]:
    """The objects among the first ``cap`` items of what may be a list, one object or nothing."""
    return [item for item in list_of(value, cap) if type(item) is dict]


def _is_iri(value: str) -> bool:
    try:
        check_iri(value)
    except DocumentError:
        return False
    return True


def _is_page(item: object) -> bool:
    return type(item) is str or (type(item) is dict and item.get("mediaType") == "text/html")


def _one_url_of(item: object) -> str | None:
    if type(item) is dict:
        item = item.get("href") or item.get("url")
        # An Image's own url may be a Link; deeper than that nobody goes.
        if type(item) is list and item:
            item = item[0]
        if type(item) is dict:
            item = item.get("href")
    return item if type(item) is str and _is_iri(item) else None
