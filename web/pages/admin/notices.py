"""What a page of the administration says on top after something was done; the address carries the word."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from web.language import N_, Language

_NOTICES: Final[Mapping[str, str]] = {
    "rollen": N_("The roles are changed. They count from now on."),
    "rollen-gelijk": N_("These are the roles that this person had already. Nothing is changed."),
    "toegelaten": N_("This person may take part from now on."),
    "afgewezen": N_("The registration is declined, and nothing of it is kept."),
    "gesloten": N_("The account is closed. This person is signed out everywhere."),
    "geopend": N_("The account is open again."),
    "uitgelogd": N_("This person is signed out everywhere, also in apps."),
    "tweede-stap-weg": N_(
        "The second step is taken away, and this person is signed out everywhere. "
        "They set up a new one after signing in."
    ),
    "uitnodiging-ingetrokken": N_("The invitation does not work any more."),
    "aanmelden": N_("Your choice is kept. It counts from now on."),
    "tekst": N_("The text is published."),
    "tekst-terug": N_("The earlier text is back. What stood there can be put back in the same way."),
    "bewaren": N_("Your choice is kept. What is older goes away within a day."),
    "testmail": N_("A test mail is on its way to your own address."),
    "organisatie": N_("What you tell about the organisation is kept."),
    "overgeslagen": N_("You skipped this step. You can do it later."),
}


def told(request: web.Request, language: Language) -> str:
    """Return what the page says on top; empty when nothing was done."""
    notice = _NOTICES.get(request.query.get("bericht", ""))
    return language.gettext(notice) if notice else ""
