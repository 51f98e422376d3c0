"""The texts that an organisation writes about its instance, in each language, as Markdown.

Where it wrote none, the pages show a text that comes with the software. The text before the last is kept, so
that a change can be undone. Who saves says on which text theirs is based, so that nobody overwrites what
somebody else wrote meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.instances.choices import hold_choice, write_choice
from actors.rendering import rendered
from actors.sanitize import is_storable
from actors.versions import check_basis, version_of

LONGEST_TEXT: Final = 30_000


class Text(StrEnum):
    """Which text."""

    WELCOME = "welcome"
    """On the front page."""
    ABOUT = "about"
    RULES = "rules"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"


@dataclass(frozen=True)
class Written:
    """A text as it stands: its Markdown, the clean HTML of it, and the Markdown of before."""

    source: str = ""
    html: str = ""
    previous: str = ""

    @classmethod
    def of(cls, choice: Mapping[str, Any]) -> "Written":
        """Read what was stored."""
        return cls(*(str(choice.get(name, "")) for name in ("source", "html", "previous")))

    @property
    def version(self) -> str:
        """What a form says to tell on which text it is based."""
        return version_of(self.source)


class TextRefused(ValueError):
    """A text that cannot be stored: too long, or with characters that a database cannot hold."""


def subject(text: Text, language: str) -> str:
    """Return under which subject of the choices a text stands."""
    return f"text-{text}-{language}"


async def write_text(
    session: AsyncSession, text: Text, language: str, source: str, *, based_on: str, by: int, now: datetime
) -> bool:
    """Store a text, or none where it is empty; False when it is as it was.

    ``based_on`` is the version that was changed. Raises `EditedMeanwhile`, `TextRefused`.
    """
    if len(source) > LONGEST_TEXT or not is_storable(source):
        raise TextRefused
    current = Written.of(await hold_choice(session, subject(text, language), now=now))
    if current.source == source:
        return False
    check_basis(current.version, based_on)
    await _store(session, text, language, source, current.source, by=by, now=now)
    return True


async def put_back(session: AsyncSession, text: Text, language: str, *, based_on: str, by: int, now: datetime) -> bool:
    """Exchange a text with the one of before; False when there is none. Raises `EditedMeanwhile`."""
    current = Written.of(await hold_choice(session, subject(text, language), now=now))
    check_basis(current.version, based_on)
    if current.previous == current.source:
        return False
    await _store(session, text, language, current.previous, current.source, by=by, now=now)
    return True


async def _store(
    session: AsyncSession, text: Text, language: str, source: str, previous: str, *, by: int, now: datetime
) -> None:
    html = await rendered(source, shift_headings=True)
    value = {"source": source, "html": html, "previous": previous}
    await write_choice(session, subject(text, language), value, by=by, now=now)
