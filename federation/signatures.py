"""HTTP signatures, pure: requests are values, the key and the clock are arguments.

Signing and verifying follow draft-cavage-http-signatures-12, which all ActivityPub software reads, narrowed to what is
safe: the target, host, date and body are always covered, the key's type fixes the algorithm, and a covered header may
stand in the request once only. RFC 9421 has headers of its own (``Signature-Input``), so that its reader can stand in a
module beside this one and the two be told apart by that header.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from yarl import URL

from federation.documents import check_iri
from federation.errors import DocumentError, SignatureError
from federation.header_rules import signature_header, signing_string
from federation.keys import PrivateKey, PublicKey, SigningKey
from federation.vocabulary import ACCEPT, ACTIVITY_JSON

HeaderPairs = Iterable[tuple[str, str]] | Mapping[str, str]

MAX_AGE: Final = timedelta(hours=12)
MAX_AHEAD: Final = timedelta(hours=1)

_COVERED_BY_GET: Final = ("(request-target)", "host", "date")
_COVERED_BY_POST: Final = ("(request-target)", "host", "date", "digest", "content-type")

_MAX_HEADER_CHARS: Final = 8_192
_MAX_COVERED: Final = 32
_RSA_ALGORITHMS: Final = frozenset({None, "hs2019", "rsa-sha256"})
_ED25519_ALGORITHMS: Final = frozenset({None, "hs2019", "ed25519"})
_DIGESTS: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}

_PARAMETER = re.compile(r'[ \t]*([A-Za-z]+)=(?:"([^"]*)"|([0-9]{1,12}))[ \t]*(?:,|$)')


def sign_post(url: str, body: bytes, key: SigningKey, *, now: datetime) -> dict[str, str]:
    """The headers of a signed POST of an ActivityStreams document to ``url``; ``now`` is in UTC."""
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")
    headers = {"Digest": digest, "Content-Type": ACTIVITY_JSON}
    return _sign("post", url, headers, covered=_COVERED_BY_POST, key=key, now=now)


def sign_get(url: str, key: SigningKey, *, accept: str = ACCEPT, now: datetime) -> dict[str, str]:
    """The headers of a signed GET of ``url``; ``now`` is in UTC."""
    return _sign("get", url, {"Accept": accept}, covered=_COVERED_BY_GET, key=key, now=now)


def _sign(
    method: str, url: str, headers: dict[str, str], *, covered: tuple[str, ...], key: SigningKey, now: datetime
) -> dict[str, str]:
    parsed = URL(url, encoded=url.isascii())
    host = parsed.host_port_subcomponent
    if host is None:
        raise ValueError(f"no host to sign for in {url}")
    headers = {"Host": host, "Date": format_datetime(now, usegmt=True), **headers}
    lowered = {name.lower(): value for name, value in headers.items()}
    message = signing_string(covered, lowered, method=method, target=parsed.raw_path_qs)
    algorithm, signature = _sign_bytes(key.private, message)
    headers["Signature"] = signature_header(key.key_id, algorithm, covered, base64.b64encode(signature).decode("ascii"))
    return headers


def _sign_bytes(key: PrivateKey, message: bytes) -> tuple[str, bytes]:
    if isinstance(key, RSAPrivateKey):
        return "rsa-sha256", key.sign(message, PKCS1v15(), SHA256())
    return "hs2019", key.sign(message)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as a request carries it: wide enough, but not verified until ``verify`` has returned."""

    key_id: str
    algorithm: str | None
    covered: tuple[str, ...]
    value: bytes
    message: bytes
    host: str
    date: datetime | None
    created: int | None
    expires: int | None
    digest: str | None

    def verify(self, public_key: PublicKey, *, body: bytes, host_expected: str, now: datetime) -> None:
        """Raise ``SignatureError`` unless the holder of the key signed this request, to us, lately, with this body.

        Lately is at most 12 hours ago and 1 hour ahead of ``now`` (aware). ``host_expected`` is our own host, with its
        port where that is not the default one.
        """
        self._check_host(host_expected)
        self._check_time(now)
        self._check_body(body)
        self._check_key(public_key)

    def _check_host(self, expected: str) -> None:
        # A signature for another host was made for another server, which may be playing it on to us.
        if _without_default_port(self.host) != _without_default_port(expected):
            raise SignatureError(f"signed for {self.host!r}, not for us")

    def _check_time(self, now: datetime) -> None:
        seconds = now.timestamp()
        made = ([self.date.timestamp()] if self.date else []) + ([self.created] if self.created is not None else [])
        for moment in made:
            if not seconds - MAX_AGE.total_seconds() <= moment <= seconds + MAX_AHEAD.total_seconds():
                raise SignatureError(f"signed {seconds - moment:.0f} seconds ago")
        if self.expires is not None and self.expires < seconds:
            raise SignatureError(f"expired {seconds - self.expires:.0f} seconds ago")

    def _check_body(self, body: bytes) -> None:
        if self.digest is None:
            if body:
                raise SignatureError("the body is not covered")
            return
        known = 0
        for item in self.digest.split(",")[:4]:
            name, _, encoded = item.strip().partition("=")
            if (algorithm := _DIGESTS.get(name.lower())) is None:
                continue
            known += 1
            if not hmac.compare_digest(algorithm(body).digest(), _decode(encoded, "digest")):
                raise SignatureError("the digest is not that of the body")
        if not known:
            raise SignatureError("a digest of no kind that we know")

    def _check_key(self, key: PublicKey) -> None:
        rsa = isinstance(key, RSAPublicKey)
        if self.algorithm not in (_RSA_ALGORITHMS if rsa else _ED25519_ALGORITHMS):
            raise SignatureError(f"algorithm {self.algorithm} does not go with this key")
        try:
            if isinstance(key, RSAPublicKey):
                key.verify(self.value, self.message, PKCS1v15(), SHA256())
            else:
                key.verify(self.value, self.message)
        except InvalidSignature:
            raise SignatureError("the signature does not fit the request and the key") from None


def read_signature(method: str, target: str, headers: HeaderPairs) -> Signature:
    """Read the signature of a request, without judging it.

    ``target`` is the path with the query, exactly as it was sent; ``headers`` are pairs or a multidict, so that a
    header sent twice is seen. Raises ``SignatureError`` for what is malformed, or covers less than the target, the host
    and the date or ``(created)``. Whether the body had to be covered is seen in ``verify``.
    """
    sent = _by_name(headers)
    parameters = _parameters(_value(sent, "signature"))
    covered = tuple(parameters.get("headers", "date").lower().split())
    algorithm = parameters.get("algorithm", "").lower() or None
    _check_coverage(covered, algorithm)
    sent |= {f"({name})": parameters.get(name) for name in ("created", "expires")}
    values = {name: _value(sent, name) for name in covered if name != "(request-target)"}
    return Signature(
        key_id=_key_id(parameters),
        algorithm=algorithm,
        covered=covered,
        value=_decode(parameters.get("signature", ""), "signature"),
        message=_message(covered, values, method, target),
        host=values["host"],
        date=_date(values["date"]) if "date" in values else None,
        created=_seconds(values.get("(created)")),
        expires=_seconds(parameters.get("expires")),
        digest=values.get("digest"),
    )


def _by_name(headers: HeaderPairs) -> dict[str, str | None]:
    by_name: dict[str, str | None] = {}
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        lowered = name.lower()
        # Sent twice: which of them was signed depends on the reader, so neither counts.
        by_name[lowered] = None if lowered in by_name else value.strip(" \t")
    return by_name


def _value(sent: Mapping[str, str | None], name: str) -> str:
    value = sent.get(name)
    if value is None:
        raise SignatureError(f"header {name!r} is {'sent twice' if name in sent else 'missing'}")
    return value


def _parameters(header: str) -> dict[str, str]:
    if len(header) > _MAX_HEADER_CHARS:
        raise SignatureError("a signature header of too many characters")
    parameters: dict[str, str] = {}
    position = 0
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None or match[1] in parameters:
            raise SignatureError("a malformed signature header")
        parameters[match[1]] = match[3] or match[2]
        position = match.end()
    return parameters


def _check_coverage(covered: tuple[str, ...], algorithm: str | None) -> None:
    if algorithm not in _RSA_ALGORITHMS | _ED25519_ALGORITHMS:
        raise SignatureError(f"algorithm {algorithm} is not one that we accept")
    if len(covered) > _MAX_COVERED or len(set(covered)) < len(covered):
        raise SignatureError("a list of covered headers that is too long, or names one twice")
    for name in ("(request-target)", "host"):
        if name not in covered:
            raise SignatureError(f"{name} is not covered")
    if "(created)" in covered and algorithm == "rsa-sha256":
        # Section 2.3 of the draft: older algorithms don't know it.
        raise SignatureError("(created) does not go with rsa-sha256")
    if "date" not in covered and "(created)" not in covered:
        raise SignatureError("neither date nor (created) is covered")


def _key_id(parameters: Mapping[str, str]) -> str:
    try:
        return check_iri(parameters.get("keyId"))
    except DocumentError:
        raise SignatureError("keyId is not an http(s) IRI") from None


def _message(covered: tuple[str, ...], values: dict[str, str], method: str, target: str) -> bytes:
    if not target.startswith("/"):
        raise SignatureError("a request target that is no path")
    try:
        message = signing_string(covered, values, method=method, target=target)
    except UnicodeEncodeError:
        raise SignatureError("a covered header that is not ASCII") from None
    if message.count(b"\n") != len(covered) - 1:
        raise SignatureError("a line break inside a covered header")
    return message


def _date(value: str) -> datetime:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise SignatureError("a Date that is no date") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _seconds(value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 12:
        raise SignatureError("a time that is no whole number of seconds")
    return int(value)


def _decode(encoded: str, what: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError(f"the {what} is not base64") from None


def _without_default_port(host: str) -> str:
    return host.lower().removesuffix(":443")
