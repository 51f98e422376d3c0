"""Accounts and the actors behind them (RFC 7033, as ActivityPub software uses it; host-meta of RFC 6415).

WebFinger alone proves nothing: a domain can point an account at any actor. So the actor found must lead back to the
account (``canonical``) before the account is shown with it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final, Self
from urllib.parse import quote

import idna

from federation.client import Client
from federation.documents import ActorDocument, JsonObject, iri_of, origin_of
from federation.documents.readers import objects_of
from federation.errors import DocumentError, OriginError
from federation.vocabulary import ACTIVITY_JSON, JRD_JSON, is_activity_media_type

_ACCEPT: Final = f"{JRD_JSON}, application/json"
_SUBSCRIBE: Final = "http://ostatus.org/schema/1.0/subscribe"
_PROFILE_PAGE: Final = "http://webfinger.net/rel/profile-page"
_MAX_LINKS: Final = 50
_MAX_ACCOUNT: Final = 400
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_ACCOUNT = re.compile(
    r"(?:acct:)?@?(?P<handle>[\w.~-]{1,100})@(?P<host>[^@:/?#\s\[\]]{1,253})(?::(?P<port>[0-9]{1,5}))?"
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Account:
    """A handle at a domain; the domain in lower case and in its ASCII form, with its port where there is one."""

    handle: str
    domain: str

    def __str__(self) -> str:
        return f"{self.handle}@{self.domain}"

    @property
    def uri(self) -> str:
        """The account as a URI (RFC 7565)."""
        return f"acct:{self}"

    @classmethod
    def of(cls, actor: ActorDocument) -> Self:
        """The account that an actor's own document claims: its handle at the host of its id."""
        scheme, host, port = origin_of(actor.id)
        return cls(actor.handle, host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a domain says of an account: the actor, and the account as the domain itself writes it, if it says so."""

    actor: str
    subject: Account | None


def parse_account(text: str) -> Account:
    """Read ``acct:a@b``, ``@a@b`` or ``a@b``. Raises ``DocumentError``."""
    match = _ACCOUNT.fullmatch(text.strip()) if len(text) <= _MAX_ACCOUNT else None
    if match is None:
        raise DocumentError("not an account")
    host = match["host"].lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise DocumentError("an account at an impossible domain") from None
    port = match["port"]
    if not _HOST.fullmatch(host) or (port is not None and not 0 < int(port) < 65_536):
        raise DocumentError("an account at an impossible domain")
    return Account(match["handle"], host if port is None else f"{host}:{port}")


def jrd(
    subject: str,
    actor_uri: str,
    page_url: str,
    aliases: Iterable[str] = (),
    *,
    subscribe_template: str | None = None,
) -> JsonObject:
    """The answer about an account of ours; ``subscribe_template`` is where to follow from elsewhere, with ``{uri}``."""
    links = [
        {"rel": "self", "type": ACTIVITY_JSON, "href": actor_uri},
        {"rel": _PROFILE_PAGE, "type": "text/html", "href": page_url},
    ]
    if subscribe_template is not None:
        links.append({"rel": _SUBSCRIBE, "template": subscribe_template})
    return {"subject": subject, "aliases": list(dict.fromkeys((actor_uri, page_url, *aliases))), "links": links}


async def look_up(client: Client, account: Account) -> Found:
    """Ask an account's domain for its actor (RFC 7033, section 4).

    Its redirects may lead to another host, as many domains send elsewhere for this. Raises ``FetchError`` by its
    leaves, and ``DocumentError`` where the answer names no actor.
    """
    scheme = "http" if _is_plain(client, account.domain) else "https"
    url = f"{scheme}://{account.domain}/.well-known/webfinger?resource={quote(account.uri, safe=':@')}"
    answer = await client.get_json(url, accept=_ACCEPT, same_origin_only=False)
    for link in objects_of(answer.get("links"), _MAX_LINKS):
        media_type = link.get("type")
        if link.get("rel") == "self" and type(media_type) is str and is_activity_media_type(media_type):
            actor = iri_of(link.get("href"))
            if actor is not None:
                return Found(actor, _subject_of(answer))
    raise DocumentError(f"{account.domain} names no actor for {account}")


async def resolve_account(client: Client, account: Account) -> str:
    """The IRI of an account's actor, which must then lead back: see ``canonical``. Raises as ``look_up`` does."""
    return (await look_up(client, account)).actor


async def canonical(client: Client, actor: ActorDocument) -> Account:
    """The account under which an actor is known, confirmed from both sides.

    The host of the actor's id is asked for its handle; where that names an account on another domain, that domain must
    name the actor too. Raises as ``look_up`` does, and ``OriginError`` where a domain names another actor.
    """
    claimed = Account.of(actor)
    found = await look_up(client, claimed)
    if found.actor != actor.id:
        raise OriginError(f"{claimed} is {found.actor}, not {actor.id}")
    if found.subject is None or found.subject == claimed:
        return claimed
    if (await look_up(client, found.subject)).actor != actor.id:
        raise OriginError(f"{found.subject} is not {actor.id}")
    return found.subject


def host_meta(base_url: str) -> str:
    """The host-meta document (RFC 6415), for software that asks there where WebFinger is."""
    template = escape(f"{base_url}/.well-known/webfinger?resource={{uri}}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="{JRD_JSON}" template="{template}"/>\n'
        "</XRD>\n"
    )


def _is_plain(client: Client, domain: str) -> bool:
    host, _, port = domain.partition(":")
    return client.policy.permits_plain_http(host, int(port or 80))


def _subject_of(answer: JsonObject) -> Account | None:
    subject = answer.get("subject")
    try:
        return parse_account(subject) if type(subject) is str else None
    except DocumentError:
        return None
