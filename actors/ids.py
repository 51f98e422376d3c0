"""Time-ordered 64-bit identifiers.

An id is 42 bits of Unix milliseconds followed by 21 bits that are random for the first id of a
millisecond and count up within it, so that one process never repeats an id and sorts its own by
creation. Two processes that share a database need no lease for that: the odds that they pick the
same id within one millisecond are 1 in 2,097,152, the primary key then refuses the second, and
every batch path retries its rows one at a time with fresh ids.
"""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

_RANDOM_BITS = 21


class IdSource:
    """Mints ids; one per process is enough. ``clock`` gives Unix seconds, as ``time.time``."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """Return the next id: positive, under 2**63, greater than any this source gave before."""
        with self._lock:
            tick = int(self._clock() * 1000)
            # A clock that stands still or steps back must not make ids go back with it.
            if tick <= self._last >> _RANDOM_BITS:
                self._last += 1
            else:
                self._last = (tick << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
            return self._last


def id_at(moment: datetime) -> int:
    """Return the lowest id of that moment: a bound for "everything since" without a date index."""
    return int(moment.timestamp() * 1000) << _RANDOM_BITS


def moment_of(identifier: int) -> datetime:
    """Return when an id was minted, to the millisecond, in UTC."""
    return datetime.fromtimestamp((identifier >> _RANDOM_BITS) / 1000, UTC)


new_id = IdSource()
