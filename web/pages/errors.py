"""What people see when something is not there, not allowed, or went wrong: what it is, and what now."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from web.language import N_
from web.pages.paths import sign_in_path
from web.render import language_of, render
from web.visitor import visitor_of

_TOLD: Final[Mapping[int, tuple[str, str]]] = {
    400: (N_("We do not understand this"), N_("Something in the address or the form is wrong. Go back and try again.")),
    403: (N_("This is not allowed"), N_("You may not do this. Was it a form? Load that page again and try once more.")),
    404: (N_("We cannot find this page"), N_("It does not exist, it has moved, or it is not open to everyone.")),
    405: (N_("We do not understand this"), N_("This address cannot be used in that way.")),
    410: (N_("This is withdrawn"), N_("Somebody withdrew this, so you can no longer read it here.")),
    413: (N_("This is too much at once"), N_("Your text or your documents are too large. Send fewer or smaller ones.")),
    429: (N_("A little slower please"), N_("You tried this very often. Wait five minutes and try again.")),
    500: (N_("Something went wrong here"), N_("It is our fault, not yours. Try again in a while.")),
    503: (N_("We are busy"), N_("This server cannot answer now. Try again in a minute. What you posted is not lost.")),
}  # fmt: skip


async def render_error(request: web.Request, status: int) -> web.Response:
    """Return the page for a status, in the language of who asks. It needs no database."""
    title, explanation = _TOLD.get(status, _TOLD[500 if status >= 500 else 400])
    language = language_of(request)
    signed_in = visitor_of(request).signed_in is not None
    may_help = status in {403, 404} and not signed_in and request.method == "GET"
    return render(
        request,
        "error.html",
        status=status,
        title=language.gettext(title),
        explanation=language.gettext(explanation),
        sign_in=sign_in_path(request.path_qs) if may_help else None,
    )
