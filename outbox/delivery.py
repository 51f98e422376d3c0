"""One attempt to deliver, and what it means.

======================  ===========  =====================================================
answer                  result       because
======================  ===========  =====================================================
2xx                     DELIVERED
410                     REFUSED      this inbox is gone; others of that host are not
401, 403, 404           RETRY        keys and accounts may lag behind, proxies are put wrong
                                     for an afternoon; after seven days it is a refusal
408, 409, 421, 423,     RETRY        the host says that it is about this moment
425, and 3xx
other 4xx, 501          REFUSED      sending the same again changes nothing (as Mastodon holds)
429, other 5xx          HOST_FAILED  it would say the same to any delivery now
no connection, no       HOST_FAILED
answer in 10 s
======================  ===========  =====================================================
"""

import logging
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from federation.client import Answer
from federation.errors import AddressRefused, FederationError
from federation.keys import SigningKey

log = logging.getLogger(__name__)

ATTEMPT_SECONDS: Final = 10.0
"""One attempt, with name, connection and answer."""
UNSURE: Final = frozenset({401, 403, 404})
"""Refusals that may pass: tried again for seven days, then final."""

_PASSING: Final = UNSURE | {408, 409, 421, 423, 425}
_LONGEST_ERROR: Final = 300


class Result(Enum):
    """What became of an attempt."""

    DELIVERED = auto()
    RETRY = auto()
    """Not now, for a reason that is this delivery's own."""
    HOST_FAILED = auto()
    """Not now, and neither any other delivery to that host."""
    REFUSED = auto()
    """Never: not to this inbox."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result with what is kept of it. ``retry_after`` is the peer's wish in seconds."""

    result: Result
    status: int | None = None
    error: str = ""
    retry_after: float | None = None


class Sender(Protocol):
    """What a delivery needs of `federation.client.Client`."""

    async def post(self, url: str, body: bytes, *, key: SigningKey, timeout: float = 10.0) -> Answer:
        """Send one signed POST; raises `FederationError` when there was no answer."""
        ...


async def attempt(
    client: Sender, inbox: str, body: bytes, key: SigningKey, *, patience: float = ATTEMPT_SECONDS
) -> Outcome:
    """Try once, for ``patience`` seconds at most (the client keeps the time). Whatever happens is an outcome."""
    try:
        return judge(await client.post(inbox, body, key=key, timeout=patience))
    except AddressRefused as error:
        # Final for the name as it is now; names are put right, so the host is asked again, ever more rarely.
        return Outcome(Result.HOST_FAILED, error=clean(error.reason))
    except FederationError as error:
        return Outcome(Result.HOST_FAILED, error=clean(error.reason))
    except Exception as error:
        log.exception("delivering to %s failed in an unforeseen way", inbox)
        return Outcome(Result.RETRY, error=clean(f"{type(error).__name__}: {error}"))


def judge(answer: Answer) -> Outcome:
    """Return what an answer means; see the table above."""
    status = answer.status
    if answer.ok:
        return Outcome(Result.DELIVERED, status)
    if status in _PASSING or 300 <= status < 400:
        result = Result.RETRY
    elif status == 429 or (status >= 500 and status != 501):
        result = Result.HOST_FAILED
    else:
        result = Result.REFUSED
    return Outcome(result, status, clean(answer.detail), answer.retry_after)


def clean(text: str) -> str:
    """Return a peer's words fit for a column: bounded, and without what PostgreSQL refuses."""
    return text[:_LONGEST_ERROR].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
