"""Who is asking: a person signed in here, a server that signed its request, or anyone.

`web.middleware` finds it out once a request; handlers read it with `visitor_of`.
"""

from dataclasses import dataclass, field

from aiohttp import web

from actors.people.accounts import SignedIn
from actors.visibility import ANYONE, Viewer
from web.house import House

SESSION_COOKIE = "__Host-samenspraak_session"
"""Read and set by `web.cookies`, which knows its name on a plain http address."""
LANGUAGE_COOKIE = "samenspraak_language"


@dataclass(frozen=True)
class Visitor:
    """The one who asks. ``language`` is the interface language for the answer.

    ``csrf`` is the token that a form of this visitor must carry; it is bound to the session, or
    for those who are not signed in to a cookie of their own.
    """

    viewer: Viewer = ANYONE
    signed_in: SignedIn | None = None
    language: str = "nl"
    csrf: str = ""
    house: House = field(default_factory=House)

    @property
    def is_anyone(self) -> bool:
        """Whether nothing is known of the visitor: the answer may then be shared by all."""
        return self.viewer.actor_id is None and self.signed_in is None


VISITOR: web.RequestKey[Visitor] = web.RequestKey("VISITOR", Visitor)


def visitor_of(request: web.Request) -> Visitor:
    """Return who is asking; anyone, when the middleware did not run."""
    visitor: Visitor = request.get(VISITOR, Visitor())
    return visitor
