"""What another server answered: the values that the client gives back, and how they are read from a response."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urljoin

import aiohttp

from federation.documents import JsonObject, check_iri, same_origin
from federation.errors import AddressRefused, DocumentError, Gone, OriginError, UnexpectedStatus, Unreachable
from federation.transport import DialRefused

_MAX_DETAIL: Final = 200
_MAX_RETRY_AFTER: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes as they came: ``url`` is where, after redirects."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """An ActivityStreams document as it came: ``url`` is where, after redirects. Its id is not yet checked."""

    url: str
    document: JsonObject
    content_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to a delivery: ``retry_after`` in seconds, ``detail`` a line of its text for the log."""

    status: int
    retry_after: float | None
    detail: str

    @property
    def ok(self) -> bool:
        """Whether it was accepted."""
        return 200 <= self.status < 300


@contextmanager
def named_errors(url: str) -> Iterator[None]:
    """Turn what aiohttp and the system raise while talking to ``url`` into our own errors."""
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, DialRefused):
            raise AddressRefused(f"{url}: {error.os_error}") from None
        raise Unreachable(f"{url}: {error}") from error
    except aiohttp.InvalidURL as error:
        raise AddressRefused(f"{url}: {error}") from None
    except TimeoutError as error:
        raise Unreachable(f"{url}: no answer in time") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable(f"{url}: {type(error).__name__} {error}") from error


def check_status(url: str, response: aiohttp.ClientResponse, now: datetime) -> None:
    """Raise ``Gone`` or ``UnexpectedStatus`` unless the answer is 200: what is partial or empty is no document."""
    if response.status in {404, 410}:
        raise Gone(response.status, f"{url}: answered {response.status}")
    if response.status != 200:
        raise UnexpectedStatus(
            response.status, retry_after(response.headers, now), f"{url}: answered {response.status}"
        )


def next_hop(url: str, response: aiohttp.ClientResponse, *, same_origin_only: bool) -> str:
    """Where a redirect leads; ``UnexpectedStatus``, ``AddressRefused`` or ``OriginError`` for one not to follow."""
    location = response.headers.get("Location")
    if location is None:
        raise UnexpectedStatus(response.status, reason=f"{url}: a redirect to nowhere")
    try:
        following = check_iri(urljoin(url, location).partition("#")[0])
    except (ValueError, DocumentError):
        raise AddressRefused(f"{url}: a redirect to what is no http(s) URL") from None
    if same_origin_only and not same_origin(url, following):
        raise OriginError(f"{url}: a redirect to another origin, {following}")
    if url.startswith("https:") and not following.startswith("https:"):
        raise AddressRefused(f"{url}: a redirect out of TLS, to {following}")
    return following


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that ``Retry-After`` asks for, at most 30 days (RFC 9110, section 10.2.3)."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 12:
        seconds = float(value)
    else:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now.timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER)


def one_line(said: bytes) -> str:
    """What a server said, as a line that is safe in a log."""
    text = said[: 4 * _MAX_DETAIL].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_MAX_DETAIL]


def is_json_media_type(content_type: str) -> bool:
    """Whether a ``Content-Type`` header promises JSON of whatever kind (RFC 6839, section 3.1)."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
