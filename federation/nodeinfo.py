"""What software a server runs, in its own words (NodeInfo 2.1 and 2.0).

Ours also says which of this project's features it has, in ``metadata.samenspraak.features``: closed content goes only
to servers that declare to keep it closed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from federation.client import Client
from federation.documents import JsonObject, iri_of, text_of
from federation.documents.readers import check_same_origin, list_of, objects_of, whole_of
from federation.errors import DocumentError

SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
VERSIONS: Final = ("2.1", "2.0")
CONTENT_TYPE: Final = f'application/json; profile="{SCHEMA}2.1#"'

_MAX_NAME: Final = 100
_MAX_FEATURES: Final = 50
_MAX_LINKS: Final = 20
_SOFTWARE = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What a server says of itself; the counts are ``None`` where it does not give them."""

    software: str
    version: str
    protocols: tuple[str, ...]
    users: int | None
    active_month: int | None
    local_posts: int | None
    open_registrations: bool
    features: frozenset[str]
    metadata: JsonObject


def well_known(base_url: str) -> JsonObject:
    """The document at ``/.well-known/nodeinfo``: where the others are."""
    return {"links": [{"rel": f"{SCHEMA}{v}", "href": f"{base_url}/nodeinfo/{v}"} for v in VERSIONS]}


def document(
    *,
    version: str,
    users: int,
    local_posts: int,
    open_registrations: bool,
    active_month: int | None = None,
    active_half_year: int | None = None,
    features: Sequence[str] = (),
    metadata: Mapping[str, Any] | None = None,
    name: str = "samenspraak",
    repository: str | None = None,
    schema: str = "2.1",
) -> JsonObject:
    """Our own NodeInfo; ``schema`` is one of ``VERSIONS``. A count that is ``None`` is not given."""
    software = {"name": name, "version": version}
    if repository is not None and schema == "2.1":
        # 2.0 has no place for it and allows no more than it names.
        software["repository"] = repository
    given = dict(metadata or {})
    counts = {"total": users, "activeMonth": active_month, "activeHalfyear": active_half_year}
    return {
        "version": schema,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": {
            "users": {what: count for what, count in counts.items() if count is not None},
            "localPosts": local_posts,
        },
        "metadata": {**given, "samenspraak": {**_object(given.get("samenspraak")), "features": list(features)}},
    }


async def read_nodeinfo(client: Client, base_url: str) -> NodeInfo:
    """Ask a server what it runs.

    What it points at must be of its own origin. Raises ``FetchError`` by its leaves, ``OriginError``, and
    ``DocumentError`` where there is no NodeInfo in what it says.
    """
    links = objects_of((await client.get_json(f"{base_url}/.well-known/nodeinfo")).get("links"), _MAX_LINKS)
    where = next((href for version in VERSIONS for link in links if (href := _href(link, version))), None)
    if where is None:
        raise DocumentError(f"{base_url} names no NodeInfo that we read")
    check_same_origin(base_url, where, "nodeinfo")
    return read(await client.get_json(where))


def read(answer: JsonObject) -> NodeInfo:
    """Read a NodeInfo document. Raises ``DocumentError`` where it names no software."""
    software = _object(answer.get("software"))
    name = (text_of(software.get("name"), _MAX_NAME) or "").lower()
    if not _SOFTWARE.fullmatch(name):
        raise DocumentError("a NodeInfo that names no software")
    usage = _object(answer.get("usage"))
    users = _object(usage.get("users"))
    metadata = _object(answer.get("metadata"))
    return NodeInfo(
        software=name,
        version=text_of(software.get("version"), _MAX_NAME) or "",
        protocols=_words(answer.get("protocols")),
        users=whole_of(users.get("total")),
        active_month=whole_of(users.get("activeMonth")),
        local_posts=whole_of(usage.get("localPosts")),
        open_registrations=answer.get("openRegistrations") is True,
        features=frozenset(_words(_object(metadata.get("samenspraak")).get("features"))),
        metadata=metadata,
    )


def _href(link: JsonObject, version: str) -> str | None:
    return iri_of(link.get("href")) if link.get("rel") == f"{SCHEMA}{version}" else None


def _object(value: object) -> JsonObject:
    return value if type(value) is dict else {}


def _words(value: object) -> tuple[str, ...]:
    return tuple(item[:_MAX_NAME] for item in list_of(value, _MAX_FEATURES) if type(item) is str)
