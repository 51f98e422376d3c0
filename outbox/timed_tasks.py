"""Everything that is done because a date comes or passes (`outbox.timed`)."""

from typing import Final

from outbox.timed import Due

TASKS: Final[tuple[Due, ...]] = ()
