"""Moments on the wire: RFC 3339 in UTC, to the second (ActivityStreams core, section 2.3)."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """Return ``2026-04-14T12:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
