"""Pages of signing in: none is kept by a cache, for their addresses and forms hold secrets."""

from aiohttp import web

from web.cache import SHARED
from web.render import language_of, render


def show(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """Return a page that nobody else gets and no browser keeps."""
    response = render(request, template, status=status, **context)
    response[SHARED] = False
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def tell(
    request: web.Request, title: str, text: str, *, kind: str = "info", status: int = 200,
    action: tuple[str, str] | None = None,
) -> web.Response:  # fmt: skip
    """Return a page that says one thing; ``action`` is an address and the words of a link to it."""
    return show(
        request, "signin/told.html", status=status, errors={}, told_title=title, told_text=text, told_kind=kind,
        action=action,
    )  # fmt: skip


def link_is_over(request: web.Request) -> web.Response:
    """Return what somebody reads whose link was used, is too old, or is wrong: one answer for all three."""
    language = language_of(request)
    return tell(
        request,
        language.gettext("This link does not work any more"),
        language.gettext("A link works once, and for a short time. You can ask for a new one."),
        kind="warning",
        status=404,
        action=("/inloggen", language.gettext("To the sign-in page")),
    )
