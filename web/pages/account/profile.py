"""My profile: the name and the words that others see; whoever follows me hears of a change."""

from collections.abc import Mapping

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.people.tables import Account
from actors.sanitize import plain_text, render_markdown
from outbox.publish.people import tell_of_change
from web.keys import DATABASE, SITE
from web.pages.asked import browser_of, notice_of, see_other, text_in
from web.pages.signin.checking import LONGEST_TEXT, name_fault, text_fault
from web.pages.signin.showing import show
from web.render import language_of


async def start(request: web.Request) -> web.Response:
    """Go to the first page of my account."""
    browser_of(request)
    return see_other("/mijn/profiel")


async def form(request: web.Request) -> web.Response:
    """Answer with my profile, to change."""
    signed_in, _ = browser_of(request)
    async with request.app[DATABASE].reading() as session:
        account = await session.get_one(Account, signed_in.actor.id)
    bio = account.bio if account.bio is not None else plain_text(signed_in.actor.summary)
    return _form(request, signed_in.actor, signed_in.actor.name, bio)


async def change(request: web.Request) -> web.Response:
    """Keep what I say of myself, and tell those who follow me."""
    signed_in, _ = browser_of(request)
    given, language, moment = await request.post(), language_of(request), now()
    name, bio = text_in(given, "name")[:300], text_in(given, "bio")[: LONGEST_TEXT * 2]
    errors: dict[str, str] = {}
    if fault := name_fault(language, name):
        errors["name"] = fault
    if fault := text_fault(language, bio, required=False):
        errors["bio"] = fault
    if errors:
        return _form(request, signed_in.actor, name, bio, errors, status=422)
    async with request.app[DATABASE].writing() as session:
        actor = await session.get_one(Actor, signed_in.actor.id)
        account = await session.get_one(Account, actor.id)
        changed = (actor.name, account.bio) != (name, bio)
        actor.name, account.bio, actor.summary = name, bio, render_markdown(bio)
        if changed:
            await tell_of_change(session, request.app[SITE], actor, now=moment)
    return see_other("/mijn/profiel?bericht=bewaard")


def _form(
    request: web.Request,
    actor: Actor,
    name: str,
    bio: str,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    return show(
        request, "account/profile.html", status=status, errors=errors or {}, name=name, bio=bio,
        account=actor.account, notice=notice_of(request, language_of(request)),
    )  # fmt: skip
