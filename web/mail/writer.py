"""Writes a mail at the moment that it is sent, so that it tells what holds then.

A mail that only carries its facts is its templates with the facts filled in. Mail about notifications
looks up what it tells (`web.mail.news`), as its reader may see it by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from actors.database import Database
from actors.instances.theme import STANDARD, Palette, darkened
from actors.media.store import DocumentStore
from actors.media.tables import ActorPicture
from actors.site import Site
from actors.vault import Vault
from actors.wakeups import CHANGED, Wakeups
from outbox.mail.letter import Addressed, Inline, Written
from outbox.mail.notifier import NEWS
from web.house import House, HouseKeeper
from web.language import Languages
from web.mail.news import read_news
from web.mail.templates import MailTemplates
from web.mail.unsubscribe import unsubscribe_path

_LOGO: Final = "logo"
_LARGEST_LOGO: Final = 150_000
_TALLEST: Final = 40


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of the organisation, for light screens and dark ones, and the width of its logo (0: none)."""

    light: Palette
    dark: Palette
    logo_width: int


class MailWriter:
    """The writer of all mail of one instance; see `outbox.mail.letter.Writer`."""

    def __init__(
        self, database: Database, site: Site, vault: Vault, documents: DocumentStore, wakeups: Wakeups
    ) -> None:
        self._database = database
        self._site = site
        self._vault = vault
        self._documents = documents
        self._languages = Languages.load(site.languages)
        self._templates = MailTemplates()
        self._house = HouseKeeper(database)
        wakeups.on_ring(CHANGED, self._house.forget)

    async def write(self, mail: Addressed) -> Written | None:
        """Return the words of a mail; None for news that is none any more."""
        language = self._languages[mail.language]
        kind, facts, unsubscribe = mail.kind, mail.facts, None
        if mail.kind == NEWS:
            if mail.account_id is None:
                return None
            async with self._database.reading() as session:
                news = await read_news(session, self._site, language, mail.account_id, mail.recipient, mail.facts)
            if news is None:
                return None
            kind = "digest" if news.is_digest else "notification"
            unsubscribe = f"{self._site.base_url}{unsubscribe_path(self._vault, mail.account_id, news.subject)}"
            facts = {"news": news, "unsubscribe": unsubscribe}
        house = await self._house.current()
        logo = await self._logo(house)
        context: Mapping[str, Any] = {
            **facts, "house": house, "language": language, "site": self._site, "look": _look(house, logo),
        }  # fmt: skip
        subject, text, html = self._templates.render(kind, language, context)
        return Written(house.name, subject, text, html, unsubscribe, logo)

    async def _logo(self, house: House) -> Inline | None:
        """Return the logo, to stand in the mail itself: a mail that loads something tells who reads it when."""
        if house.logo is None or house.organisation is None:
            return None
        async with self._database.reading() as session:
            picture = await session.scalar(select(ActorPicture).where(ActorPicture.actor_id == house.organisation.id))
        path = self._documents.path(picture.digest) if picture is not None else None
        if picture is None or path is None or path.stat().st_size > _LARGEST_LOGO:
            return None
        return Inline(_LOGO, picture.media_type, path.read_bytes())


def _look(house: House, logo: Inline | None) -> Look:
    light = house.theme.light if house.theme is not None else STANDARD
    width = 0
    if house.logo is not None and logo is not None:
        width = max(1, round(house.logo.width * _TALLEST / max(1, house.logo.height)))
    return Look(light, darkened(light), width)
