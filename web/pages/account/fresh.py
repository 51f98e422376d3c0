"""Who is asked to prove once more who they are: whoever would change how an account is signed in to.

A page with such a form asks when the last proof is over 15 minutes old; the form itself is taken for an hour, so
that nobody loses what they typed.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import web

from actors.database import now
from actors.people.accounts import SignedIn
from actors.people.tables import Session
from web.pages.asked import browser_of

_PAGE: Final = timedelta(minutes=15)
_FORM: Final = timedelta(minutes=60)


def fresh_person_of(request: web.Request, *, back: str | None = None) -> tuple[SignedIn, Session]:
    """Return who is signed in and proved it just now; sends everyone else to do so and come ``back``."""
    signed_in, session = browser_of(request)
    if now() - session.reauthenticated_at > (_FORM if request.method == "POST" else _PAGE):
        raise web.HTTPSeeOther(f"/inloggen/opnieuw?terug={quote(back or request.path, safe='/')}")
    return signed_in, session
