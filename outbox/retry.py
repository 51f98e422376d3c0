"""When to try again: pure, a function of how often was tried.

Three stretches, so that a peer's restart is bridged in seconds and its long absence in the end
gives up rather than fills the table:

- ten steps from seconds to hours, the first eight hours;
- every six hours, until seven days have passed (promise P5);
- once a day, until thirty days have passed. Then the delivery is given up, and stays on record.

Jitter only ever adds, up to a quarter, so that the seven days are a minimum and the deliveries of
one post, all failed at the same moment, do not come back at the same moment.
"""

from datetime import timedelta
from typing import Final

_FIRST_HOURS: Final = (5, 15, 45, 120, 300, 900, 1_800, 3_600, 7_200, 14_400)
_SIX_HOURLY: Final = 27
_DAILY: Final = 23
_HOUR: Final = 3_600
_JITTER: Final = 0.25

SEVEN_DAYS: Final = len(_FIRST_HOURS) + _SIX_HOURLY
"""The number of attempts whose waits together last seven days at least."""
LIFETIME: Final = timedelta(days=30)
"""How long a delivery is tried, however few attempts a resting host left it."""
LONGEST_WISH: Final = timedelta(days=1)
"""The longest wait that a peer may ask for with ``Retry-After``."""


def delay(attempt: int, random: float) -> timedelta | None:
    """Return how long to wait after the ``attempt``-th try (from 1) failed; None is to give up.

    ``random`` is in [0, 1) and becomes the jitter.
    """
    if attempt <= len(_FIRST_HOURS):
        base = _FIRST_HOURS[attempt - 1]
    elif attempt <= SEVEN_DAYS:
        base = 6 * _HOUR
    elif attempt <= SEVEN_DAYS + _DAILY:
        base = 24 * _HOUR
    else:
        return None
    return timedelta(seconds=base * (1 + _JITTER * random))


def wished(retry_after: float | None) -> timedelta:
    """Return what a peer's ``Retry-After`` (seconds) asks for, between nothing and a day."""
    if retry_after is None:
        return timedelta(0)
    return timedelta(seconds=min(max(retry_after, 0.0), LONGEST_WISH.total_seconds()))
