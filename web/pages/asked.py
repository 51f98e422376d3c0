"""What an address or a form asks for, read with care: it comes from anyone."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from actors.kinds import Role
from actors.people.accounts import SignedIn
from actors.people.tables import Session
from web.forms import returned
from web.language import Language
from web.pages.paths import second_factor_path, sign_in_path
from web.pages.words import NOTICES
from web.visitor import visitor_of

Word = TypeVar("Word", bound=StrEnum)
_LONGEST_FIELD = 200_000


def id_in(text: str | None) -> int | None:
    """Return an id, or None for what cannot be one."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) >= 2**63:
        return None
    return int(text)


def path_id(request: web.Request) -> int:
    """Return the id that the path names. Raises 404."""
    found = id_in(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound
    return found


def word_in(words: type[Word], text: str | None) -> Word | None:
    """Return the word of a closed list, or None."""
    try:
        return words(text or "")
    except ValueError:
        return None


def text_in(form: Mapping[str, object], name: str) -> str:
    """Return a text field with the line ends of this system, without what surrounds it."""
    given = form.get(name)
    if not isinstance(given, str):
        return ""
    return given[:_LONGEST_FIELD].replace("\r\n", "\n").replace("\r", "\n").strip()


def line_in(form: Mapping[str, object], name: str) -> str:
    """Return a field of one line, whatever was sent in it: no browser lets line ends into such a field.

    >>> line_in({"title": "Jeugd\\r\\nin de wijk\\u2028nu"}, "title")
    'Jeugd in de wijk nu'
    """
    return " ".join(line.strip() for line in text_in(form, name).splitlines()).strip()


def next_page(request: web.Request, name: str, value: int | None) -> str | None:
    """Return the address of this list from another place on, its filters kept."""
    if value is None:
        return None
    kept = {key: text for key, text in request.query.items() if key not in {name, "bericht"} and text}
    return f"{request.path}?{urlencode({**kept, name: value})}"


def notice_of(request: web.Request, language: Language) -> str:
    """Return what the page says on top after something was done."""
    told = NOTICES.get(request.query.get("bericht", ""))
    return language.gettext(told) if told else ""


def person_of(request: web.Request, *, back: str | None = None) -> SignedIn:
    """Return who is signed in; sends everyone else to sign in and come ``back`` (or here).

    Who sent a form gets it back first, since their session ended while they typed (`web.pages.returned`). A program
    is not sent anywhere: what its token does not cover is refused with 403.
    """
    signed_in = visitor_of(request).signed_in
    if signed_in is None:
        if request.headers.get("Authorization", "").startswith("Bearer "):
            raise web.HTTPForbidden
        if request.method == "POST":
            raise returned(request, back=back or "/")
        raise web.HTTPSeeOther(sign_in_path(back or request.path_qs))
    if request.method == "POST" and not signed_in.may("write"):
        raise web.HTTPForbidden
    return signed_in


def browser_of(request: web.Request, *, back: str | None = None) -> tuple[SignedIn, Session]:
    """Return who is signed in with this browser, and their session; sends who is not signed in to do so.

    Raises 403 for a token, whatever it covers: what belongs to somebody's account is for themselves.
    """
    signed_in = person_of(request, back=back)
    if signed_in.session is None:
        raise web.HTTPForbidden
    return signed_in, signed_in.session


def person_with(request: web.Request, *roles: Role) -> SignedIn:
    """Return who is signed in and has one of these roles. Sends who is not signed in to do so; raises 403 for others.

    An administrator decides about everything, so they prove who they are in two ways first, whatever role the act
    itself takes.
    """
    signed_in = person_of(request)
    # A token of the client API says what its program may do; administering is for people at the pages.
    if signed_in.withheld:
        raise web.HTTPSeeOther(second_factor_path(request.path_qs if request.method in {"GET", "HEAD"} else "/"))
    if signed_in.scopes is not None or not any(map(signed_in.has, roles)):
        raise web.HTTPForbidden
    return signed_in


def see_other(path: str) -> web.Response:
    """Send the browser to a page of ours after something was done."""
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
