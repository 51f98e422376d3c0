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
    408: (N_("That took too long"), N_("Your form did not come in whole. Go back and try again.")),
    410: (N_("This is withdrawn"), N_("Somebody withdrew this, so you can no longer read it here.")),
    411: (N_("We do not understand this"), N_("Your browser does not say how large the form is. Try another browser.")),
    413: (N_("This is too much at once"), N_("Your text or your documents are too large. Send fewer or smaller ones.")),
    415: (N_("We cannot take this kind of file"), N_("Go back and choose a document or picture of another kind.")),
    429: (N_("A little slower please"), N_("You tried this very often. Wait five minutes and try again.")),
    500: (N_("Something went wrong here"), N_("It is our fault, not yours. Try again in a while.")),
    502: (N_("Another server does not answer"), N_("We asked another server for this. Try again in a while.")),
    503: (N_("We are busy"), N_("This server cannot answer now. Go back in a minute and try again.")),
}  # fmt: skip
_MAY_WORK_LATER: Final = frozenset({429, 500, 502, 503})


async def render_error(request: web.Request, status: int) -> web.Response:
    """Return the page for a status, in the language of who asks, with what they can do next. It needs no database."""
    title, explanation = _TOLD.get(status, _TOLD[500 if status >= 500 else 400])
    language = language_of(request)
    signed_in = visitor_of(request).signed_in is not None
    is_page = request.method in {"GET", "HEAD"}
    return render(
        request,
        "error.html",
        status=status,
        errors={},
        title=language.gettext(title),
        explanation=language.gettext(explanation),
        sign_in=sign_in_path(request.path_qs) if status in {403, 404} and not signed_in and is_page else None,
        try_again=request.path_qs if status in _MAY_WORK_LATER and is_page else None,
    )
