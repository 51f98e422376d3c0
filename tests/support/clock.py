"""A clock that goes only when told to."""

from datetime import UTC, datetime, timedelta


class FalseClock:
    """Call it for the present moment. ``advance`` moves it on; ``timestamp`` and ``monotonic`` follow."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, duration: timedelta | float) -> datetime:
        """Go on by a duration, or by so many seconds; return the new moment."""
        self.moment += duration if isinstance(duration, timedelta) else timedelta(seconds=duration)
        return self.moment

    def timestamp(self) -> float:
        """Return Unix seconds, as ``time.time`` does."""
        return self.moment.timestamp()

    monotonic = timestamp
