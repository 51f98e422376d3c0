"""What can go wrong between servers.

::

    FederationError                     http_status
    ├── DocumentError                   400  the document is malformed; it never gets better
    │   └── TooLarge                    413  the document is larger than we read
    ├── SignatureError                  401  who sent this is not proved
    ├── OriginError                     403  a server speaks of what another server owns (FEP-fe34)
    ├── KeyUnavailable                  503  the key could not be had now; the sender must try again
    └── FetchError                      502  we asked another server, and
        ├── AddressRefused                   its address is not one that we connect to; final
        ├── Unreachable                      it did not answer (name, connection, TLS, time); try again
        ├── UnexpectedStatus                 it answered with another status; ``retry_after`` may say when
        ├── Gone                             it answered 404 or 410: what we asked for is not there
        ├── WrongContentType                 it answered with something that is not what we asked for
        ├── TooManyRedirects                 it sent us round
        └── BodyTooLarge                     it answered with more than we read

A leaf exists because something reacts to it differently. Each carries a private ``reason`` for the log, and a safe
sentence ``public`` for whoever asked: the reason may hold what a peer wrote, the sentence never does.
"""

from typing import ClassVar


class FederationError(Exception):
    """The root: ``reason`` is for the log, ``public`` for the client, ``http_status`` for whoever answers over HTTP."""

    public: str = "This request could not be handled."
    http_status: ClassVar[int] = 400

    def __init__(self, reason: str, *, public: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        if public is not None:
            self.public = public


class DocumentError(FederationError):
    """A document that breaks the rules of JSON, of ActivityStreams or our limits; sending it again changes nothing."""

    public = "The document is not a valid ActivityStreams document."


class TooLarge(DocumentError):
    """A document of more bytes than we read."""

    public = "The document is too large."
    http_status: ClassVar[int] = 413


class SignatureError(FederationError):
    """The signature is missing, too narrow, stale, or does not fit; the sender is not proved."""

    public = "The request is not signed as it should be."
    http_status: ClassVar[int] = 401


class OriginError(FederationError):
    """A document, key or redirect concerns something that its server does not own (FEP-fe34)."""

    public = "The document speaks of what its server does not own."
    http_status: ClassVar[int] = 403


class KeyUnavailable(FederationError):
    """The signer's key could not be fetched now, which says nothing about the signature: ask to try again."""

    public = "The key of the signer could not be fetched; try again later."
    http_status: ClassVar[int] = 503


class FetchError(FederationError):
    """We asked another server and did not get what we asked for."""

    public = "Another server did not answer as expected."
    http_status: ClassVar[int] = 502


class AddressRefused(FetchError):
    """The URL, or the address that its name leads to, is not one that we connect to. Final until the name moves."""

    public = "That address is not one that this server connects to."


class Unreachable(FetchError):
    """No answer: the name, the connection, TLS or the time failed. Temporary."""

    public = "Another server could not be reached."


class UnexpectedStatus(FetchError):
    """An answer other than success; ``retry_after`` holds the seconds that the server asks us to wait, if it did."""

    def __init__(self, status: int, retry_after: float | None = None, reason: str = "") -> None:
        super().__init__(reason or f"answered {status}")
        self.status = status
        self.retry_after = retry_after


class Gone(FetchError):
    """The server says that it does not have this: ``status`` is 404 or 410."""

    public = "What was asked for is not there."

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(reason or f"answered {status}")
        self.status = status


class WrongContentType(FetchError):
    """The answer is of another kind than asked for, so its author may never have meant it as such a document."""


class TooManyRedirects(FetchError):
    """More hops than we follow, or a hop to where we were before."""


class BodyTooLarge(FetchError):
    """The answer, once decompressed, has more bytes than we read."""
