"""Where I am signed in, and ending that: one browser, or all others with the apps that use my account."""

from dataclasses import dataclass

from aiohttp import web

from actors.database import now
from actors.people.sessions import end_access, end_session, has_tokens, list_sessions
from actors.people.tables import Session
from web.keys import DATABASE
from web.language import Language
from web.pages.asked import browser_of, notice_of, see_other, text_in
from web.pages.signin.showing import show
from web.render import language_of


@dataclass(frozen=True)
class SessionView:
    """A session as its person sees it."""

    key: str
    label: str
    since: str
    seen: str
    is_this: bool


async def overview(request: web.Request) -> web.Response:
    """Answer with the browsers in which I am signed in."""
    signed_in, held = browser_of(request)
    language = language_of(request)
    async with request.app[DATABASE].reading() as session:
        found = await list_sessions(session, signed_in.actor.id, now=now())
        has_apps = await has_tokens(session, signed_in.actor.id)
    views = [
        SessionView(
            one.digest.hex(), label_of(one, language), language.moment_of(one.created_at),
            language.moment_of(one.last_seen_at), one.digest == held.digest,
        )
        for one in found
    ]  # fmt: skip
    return show(
        request, "account/sessions.html", errors={}, sessions=views, has_apps=has_apps,
        notice=notice_of(request, language),
    )  # fmt: skip


async def end(request: web.Request) -> web.Response:
    """End one session of mine, or whatever is open but this one."""
    signed_in, held = browser_of(request)
    given = await request.post()
    async with request.app[DATABASE].writing() as session:
        if "others" in given:
            await end_access(session, signed_in.actor.id, now=now(), but=held.digest)
            return see_other("/mijn/sessies?bericht=overal-uit")
        await end_session(session, signed_in.actor.id, _digest(text_in(given, "key")))
    return see_other("/mijn/sessies?bericht=sessie")


def label_of(one: Session, language: Language) -> str:
    """Return the words for a browser: ``Firefox op Windows``."""
    if one.browser and one.system:
        return language.gettext("%(browser)s on %(system)s") % {"browser": one.browser, "system": one.system}
    return one.browser or one.system or language.gettext("Unknown browser")


def _digest(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise web.HTTPNotFound from None
