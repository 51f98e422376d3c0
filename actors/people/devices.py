"""What a browser says of itself, in words of two closed lists: enough to know it again in a list, and no more."""

from typing import Final

_LONGEST: Final = 1_000
_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
"""Most claim to be others too; the first that fits is the one."""
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(user_agent: str) -> tuple[str, str]:
    """Return browser and system; empty where it says nothing that we know.

    >>> device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0")
    ('Firefox', 'Windows')
    """
    given = user_agent[:_LONGEST]
    return _first(_BROWSERS, given), _first(_SYSTEMS, given)


def _first(marks: tuple[tuple[str, str], ...], given: str) -> str:
    return next((word for mark, word in marks if mark in given), "")
