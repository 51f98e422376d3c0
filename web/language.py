"""The languages of the interface: which one an asker reads, its words, and how it writes dates.

The words in the code are English and are what translators look up; the Dutch ones stand in
``locales/nl/LC_MESSAGES/``, one file a subject, and are read when the server starts, without a compile step.
A `Language` prepares each text once, as markup for templates, so that a page costs look-ups only.
"""

import gettext
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup

LOCALES: Final = Path(__file__).parent / "locales"
SOURCE_LANGUAGE: Final = "en"
"""The language of the words in the code: it needs no catalogue."""

_ZONE_NAME: Final = "Europe/Amsterdam"
_LONGEST_HEADER: Final = 500


def N_(text: str) -> str:  # noqa: N802 - the name that translation tools look for
    """Mark a text for translators; it is looked up where it is shown."""
    return text


def P_(context: str, text: str) -> tuple[str, str]:  # noqa: N802 - as `N_`
    """Mark a text that means another thing elsewhere, with its context."""
    return context, text


class Language:
    """One language: its words and its way of writing dates, times and numbers."""

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.code = code
        self.name = (Locale.parse(code).get_language_name(code) or code).capitalize()
        self.gettext = translations.gettext
        self.ngettext = translations.ngettext
        self.pgettext = translations.pgettext
        self.zone = ZoneInfo(_ZONE_NAME)
        self._months: Mapping[int, str] = dict(get_month_names("wide", locale=code))
        self._ready: dict[str, Markup] = {}
        self._filled: dict[str, Markup] = {}

    def callables(self) -> dict[str, Any]:
        """Return what templates call: ``_``, ``gettext``, ``ngettext`` and ``pgettext``, giving markup."""
        return {
            "_": self._markup,
            "gettext": self._markup,
            "ngettext": self._plural_markup,
            "pgettext": self._context_markup,
        }

    def word(self, marked: tuple[str, str]) -> str:
        """Return the word for what was marked with `P_`."""
        return self.pgettext(*marked)

    def date_of(self, moment: datetime) -> str:
        """Return ``14 april 2026``: the day in the Netherlands."""
        return self.day(moment.astimezone(self.zone).date())

    def day(self, day: date) -> str:
        """Return ``14 april 2026``."""
        return f"{day.day} {self._months[day.month]} {day.year}"

    def time_of(self, moment: datetime) -> str:
        """Return ``14.00 uur``: the time in the Netherlands."""
        local = moment.astimezone(self.zone)
        return f"{local.hour}.{local.minute:02} uur" if self.code == "nl" else f"{local.hour}:{local.minute:02}"

    def moment_of(self, moment: datetime) -> str:
        """Return ``14 april 2026, 14.00 uur``."""
        return f"{self.date_of(moment)}, {self.time_of(moment)}"

    def number(self, number: int) -> str:
        """Return a whole number, its thousands apart as this language does it."""
        return str(number) if number < 1_000 else format_decimal(number, locale=self.code)

    def is_past(self, promised: datetime, now: datetime) -> bool:
        """Whether the day of a promised date is over in the Netherlands."""
        return promised.astimezone(self.zone).date() < now.astimezone(self.zone).date()

    def end_of_day(self, day: date) -> datetime:
        """Return the last moment of a day in the Netherlands."""
        return datetime.combine(day, time.max, self.zone).replace(microsecond=0)

    # Jinja's own callables translate and format anew each time; most texts have nothing to fill in.
    def _markup(self, text: str, **variables: object) -> Markup:
        if not variables:
            ready = self._ready.get(text)
            if ready is None:
                ready = self._ready[text] = Markup(self.gettext(text) % {})  # noqa: S704 - our own words
            return ready
        filled = self._filled.get(text)
        if filled is None:
            filled = self._filled[text] = Markup(self.gettext(text))  # noqa: S704 - our own words
        return filled % variables

    def _plural_markup(self, singular: str, plural: str, number: int, **variables: object) -> Markup:
        variables.setdefault("num", self.number(number))
        return Markup(self.ngettext(singular, plural, number)) % variables  # noqa: S704 - our own words

    def _context_markup(self, context: str, text: str, **variables: object) -> Markup:
        return Markup(self.pgettext(context, text)) % variables  # noqa: S704 - our own words


class Languages:
    """The languages that an instance offers, the one it speaks by itself first."""

    def __init__(self, languages: Sequence[Language]) -> None:
        self._languages = {language.code: language for language in languages}
        self.default = languages[0].code

    @classmethod
    def load(cls, codes: Sequence[str] = ("nl", "en")) -> "Languages":
        """Read the catalogues of these languages. Raises `OSError` for one that is missing."""
        return cls([Language(code, _read(code)) for code in codes])

    def __getitem__(self, code: str) -> Language:
        return self._languages.get(code) or self._languages[self.default]

    def __contains__(self, code: object) -> bool:
        return code in self._languages

    @property
    def offered(self) -> list[Language]:
        """The languages to choose from."""
        return list(self._languages.values())

    def choose(self, setting: str | None, cookie: str | None, accept: str | None) -> str:
        """Return the code of the language to answer in: a person's setting, else the cookie, else what the browser
        asks for, else our first.
        """
        for wish in (setting, cookie):
            if wish is not None and wish in self._languages:
                return wish
        for wish in _accepted(accept or ""):
            if wish in self._languages:
                return wish
        return self.default


def catalogues_of(code: str) -> list[Path]:
    """Return where the words of a language stand: one file a subject."""
    return sorted((LOCALES / code / "LC_MESSAGES").glob("*.po"))


def _read(code: str) -> gettext.NullTranslations:
    if code == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    words: gettext.GNUTranslations | None = None
    for path in catalogues_of(code):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        found = gettext.GNUTranslations(compiled)
        # One look-up for all subjects; a test sees to it that no text stands in two of them.
        if words is None:
            words = found
        else:
            words._catalog.update(found._catalog)  # type: ignore[attr-defined]
    if words is None:
        raise FileNotFoundError(LOCALES / code)
    return words


def _accepted(header: str) -> list[str]:
    wishes: list[tuple[float, str]] = []
    for part in header[:_LONGEST_HEADER].split(","):
        tag, _, parameters = part.strip().partition(";")
        _, _, given = parameters.partition("q=")
        try:
            quality = float(given) if given else 1.0
        except ValueError:
            continue
        if quality > 0:
            wishes.append((quality, tag.strip().lower().partition("-")[0]))
    # Sorting is stable: of equal wishes the first named wins.
    return [code for _, code in sorted(wishes, key=lambda wish: -wish[0])]
