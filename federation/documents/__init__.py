"""Untrusted JSON to frozen values, with limits of size and depth.

``syntax`` reads and writes bytes, ``readers`` takes single values out of what was read, and ``activity``, ``actor`` and
``post`` each read one kind of document. Nothing here raises anything but ``DocumentError`` (malformed) or
``OriginError`` (speaks of what its server does not own), whatever a peer sends.
"""

from federation.documents.activity import Activity
from federation.documents.actor import ActorDocument, PublishedKey
from federation.documents.post import PostDocument
from federation.documents.post_parts import Answered, Attachment, Option, Poll, Source
from federation.documents.readers import (
    addressees_of,
    check_iri,
    datetime_of,
    id_of,
    ids_of,
    iri_of,
    language_map_of,
    origin_of,
    same_origin,
    text_of,
    types_of,
    url_of,
)
from federation.documents.syntax import JsonObject, dump, parse

__all__ = [
    "Activity",
    "ActorDocument",
    "Answered",
    "Attachment",
    "JsonObject",
    "Option",
    "Poll",
    "PostDocument",
    "PublishedKey",
    "Source",
    "addressees_of",
    "check_iri",
    "datetime_of",
    "dump",
    "id_of",
    "ids_of",
    "iri_of",
    "language_map_of",
    "origin_of",
    "parse",
    "same_origin",
    "text_of",
    "types_of",
    "url_of",
]
