"""How long the instance keeps what it need not keep for ever, as the administrator chose it: steps of a closed list.

What people here said, what they took part in and what is still owed to anybody is never among it.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.instances.choices import read_choice

SUBJECT: Final = "retention"
"""The subject of the choice: ``{"log": 730}``, in days; 0 is for ever."""
FOREVER: Final = 0


class Kept(StrEnum):
    """What is kept for a time."""

    LOG = "log"
    NOTIFICATIONS = "notifications"
    """Those that were read."""
    POSTS = "posts"
    """What people elsewhere said, where nobody here took part."""
    DELIVERIES = "deliveries"
    """Those that were refused or given up."""
    SESSIONS = "sessions"
    """Browsers that were not seen since."""
    ARRIVALS = "arrivals"
    """Messages of other servers that had no effect."""


STEPS: Final[Mapping[Kept, tuple[int, ...]]] = {
    Kept.LOG: (365, 730, 1_825),
    Kept.NOTIFICATIONS: (90, 180, 365, FOREVER),
    Kept.POSTS: (90, 365, 1_095, FOREVER),
    Kept.DELIVERIES: (30, 90),
    Kept.SESSIONS: (1, 7, 30),
    Kept.ARRIVALS: (7, 30),
}
"""In days, shortest first."""
USUAL: Final[Mapping[Kept, int]] = {
    Kept.LOG: 730,
    Kept.NOTIFICATIONS: 180,
    Kept.POSTS: FOREVER,
    Kept.DELIVERIES: 90,
    Kept.SESSIONS: 30,
    Kept.ARRIVALS: 30,
}
"""What holds when nothing was chosen."""


def chosen_days(choice: Mapping[str, Any]) -> dict[Kept, int]:
    """Return for how many days each is kept; what is not on the list counts as not chosen."""
    return {kept: choice[kept] if choice.get(kept) in STEPS[kept] else USUAL[kept] for kept in Kept}


async def read_keeping(session: AsyncSession) -> dict[Kept, timedelta | None]:
    """Return how long each is kept; None for ever."""
    days = chosen_days(await read_choice(session, SUBJECT))
    return {kept: timedelta(days=days[kept]) if days[kept] != FOREVER else None for kept in Kept}
