"""Small addresses that people, browsers and search engines look for by themselves."""

from datetime import timedelta
from typing import Final

from aiohttp import web

from actors.database import now
from web.cache import SHARED
from web.keys import LANGUAGES, SITE
from web.pages.asked import see_other
from web.pages.paths import actor_path
from web.static_files import static_url
from web.visitor import visitor_of

_VALID_FOR: Final = timedelta(days=180)
_POLICY: Final = "https://codeberg.org/samenspraak/samenspraak/src/branch/main/SECURITY.md"
_NOT_FOR_ROBOTS: Final = (
    "/beheer", "/mijn", "/inloggen", "/registreren", "/uitnodiging/", "/wachtwoord/", "/bevestigen/", "/uitschrijven/",
    "/meldingen", "/melden", "/opnieuw", "/activities/", "/actoren/", "/vraagstukken/elders/",
)  # fmt: skip


async def security_txt(request: web.Request) -> web.Response:
    """Answer to whom a weakness is reported (RFC 9116): an address that was chosen, or the organisation."""
    base_url = request.app[SITE].base_url
    house = visitor_of(request).house
    contact = house.choice("contact")
    email = str(contact.get("security") or contact.get("email") or "")
    path = actor_path(house.organisation) if house.organisation is not None else "/over"
    lines = {
        "Contact": f"mailto:{email}" if email else f"{base_url}{path}",
        # The same all day, so that the answer can be kept.
        "Expires": (now() + _VALID_FOR).strftime("%Y-%m-%dT00:00:00Z"),
        "Preferred-Languages": ", ".join(language.code for language in request.app[LANGUAGES].offered),
        "Canonical": f"{base_url}/.well-known/security.txt",
        "Policy": _POLICY,
    }
    return _text("".join(f"{name}: {value}\n" for name, value in lines.items()))


async def change_password(request: web.Request) -> web.Response:
    """Send password managers to where a password is changed (W3C, a well-known URL for changing passwords)."""
    return see_other("/mijn/beveiliging")


async def robots_txt(request: web.Request) -> web.Response:
    """Answer what search engines should leave alone: what is nobody's to find, and what others publish."""
    return _text("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in _NOT_FOR_ROBOTS))


async def favicon(request: web.Request) -> web.Response:
    """Send those who read no markup to our sign."""
    return web.Response(status=302, headers={"Location": static_url("logo.svg"), "Cache-Control": "max-age=86400"})


def _text(text: str) -> web.Response:
    response = web.Response(text=text, content_type="text/plain", charset="utf-8")
    response[SHARED] = True
    return response
