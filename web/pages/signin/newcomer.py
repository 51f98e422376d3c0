"""Making an account for somebody whom a provider told of: they choose their names, and nothing else is asked twice."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.keys import make_pair
from actors.local import HandleError
from actors.people.accounts import EmailError
from actors.people.identities import IdentityTaken, give_roles, link_identity
from actors.people.kinds import AccountState
from actors.people.register import create_person
from web.cookies import drop_cookie
from web.keys import DATABASE, KEYS, SITE
from web.oidc.claims import Told
from web.oidc.cookies import TOLD_COOKIE, open_cookie
from web.oidc.settings import NewPeople
from web.pages.signin.checking import Typed, faults_in, handle_is_free, handle_taken
from web.pages.signin.elsewhere import provider_of, sign_in_as
from web.pages.signin.letters import tell_administrators
from web.pages.signin.showing import show, tell
from web.render import language_of

_NOT_IN_HANDLES = re.compile(r"[^a-z0-9]+")


async def form(request: web.Request) -> web.Response:
    """Answer with the form for the names of a new account."""
    told, _ = _told(request)
    suggested = _NOT_IN_HANDLES.sub("-", (told.username.partition("@")[0] or told.name).lower()).strip("-")
    return _form(request, Typed(name=told.name, handle=suggested, email=told.email), told)


async def make(request: web.Request) -> web.Response:
    """Make the account, linked with who the provider says that this is."""
    told, back = _told(request)
    ours, language, moment = provider_of(request).settings, language_of(request), now()
    typed = Typed.read(await request.post())
    if told.email_is_theirs:
        typed = Typed(typed.name, typed.handle, told.email, "", typed.reason)
    state = AccountState.ACTIVE if ours.new_people is NewPeople.ON else AccountState.WAITING
    errors = faults_in(request, typed, may_lack_password=True, asks_reason=state is AccountState.WAITING)
    errors.pop("password", None)
    if "handle" not in errors:
        async with request.app[DATABASE].reading() as session:
            if not await handle_is_free(session, typed.handle):
                errors["handle"] = handle_taken(language)
    if errors:
        return _form(request, typed, told, errors, status=422)
    pair = await make_pair()
    try:
        async with request.app[DATABASE].writing() as session:
            account, actor = await create_person(
                session, request.app[SITE], request.app[KEYS], pair, handle=typed.handle, name=typed.name,
                email=typed.email, language=language.code, state=state, reason=typed.reason,
                confirmed=told.email_is_theirs, now=moment,
            )  # fmt: skip
            note_act(session, actor.id, "registered", now=moment, object_uri=actor.uri, object_name=actor.account)
            identity = await link_identity(
                session, actor.id, issuer=told.issuer, subject=told.subject, label=told.label, now=moment
            )
            await give_roles(session, identity, ours.roles_of(told.groups), now=moment)
            if state is AccountState.WAITING:
                await tell_administrators(request, session, actor, now=moment)
    except HandleError:
        return _form(request, typed, told, {"handle": handle_taken(language)}, status=422)
    except EmailError:
        # Whoever has this address is somebody else until they sign in and link it themselves.
        fault = language.gettext("This address has an account already. Sign in with it, and link this under security.")
        return _form(request, typed, told, {"email": fault}, status=422)
    except IdentityTaken:
        raise web.HTTPConflict from None
    if state is AccountState.WAITING:
        response = tell(
            request,
            language.gettext("Your registration waits for an answer"),
            language.gettext("An administrator looks at it. You can sign in once they have said yes."),
            kind="ok",
        )
    else:
        response = await sign_in_as(request, identity, account, told, "", back=back)
    drop_cookie(request, response, TOLD_COOKIE)
    return response


def _told(request: web.Request) -> tuple[Told, str]:
    """Return whom the provider told of, and where to go afterwards; sends everyone else to begin again."""
    ours = provider_of(request).settings
    kept = open_cookie(request, TOLD_COOKIE)
    if kept is None or kept.pop("provider") != ours.key or ours.new_people is NewPeople.OFF:
        raise web.HTTPSeeOther("/inloggen")
    back = str(kept.pop("back"))
    return Told(**{**kept, "groups": frozenset(kept["groups"])}), back


def _form(
    request: web.Request, typed: Typed, told: Told, errors: Mapping[str, Any] | None = None, *, status: int = 200
) -> web.Response:
    ours = provider_of(request).settings
    return show(
        request,
        "signin/newcomer.html",
        status=status,
        typed=typed,
        errors=errors or {},
        provider=ours.label,
        action=f"{ours.path}/nieuw",
        email_is_fixed=told.email_is_theirs,
        asks_reason=ours.new_people is NewPeople.APPROVAL,
    )
