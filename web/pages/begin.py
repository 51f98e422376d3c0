"""The first page of a new instance: whoever holds the link of the command line becomes its administrator."""

from collections.abc import Mapping

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.keys import make_pair
from actors.kinds import Role
from actors.local import HandleError, check_handle
from actors.people.accounts import EmailError, check_email
from actors.people.first import is_first_link, use_first_link
from actors.people.kinds import Method
from actors.people.proofs import Proved
from actors.people.register import create_person
from web.keys import DATABASE, KEYS, REQUIRE_MFA, SITE
from web.pages.signin.checking import Typed, faults_in, handle_is_free, handle_taken, hashed
from web.pages.signin.completing import complete_sign_in
from web.pages.signin.confirming import ask_to_confirm
from web.pages.signin.showing import link_is_over, show
from web.pages.signin.tries import allow_mail
from web.render import language_of

STEPS = "/beheer/begin"


class _Over(Exception):
    """Somebody else used the link meanwhile; nothing is stored."""


async def form(request: web.Request) -> web.Response:
    """Answer with the form that makes the account of the first administrator."""
    async with request.app[DATABASE].reading() as session:
        if not await is_first_link(session, request.match_info["secret"], now=now()):
            return link_is_over(request)
    return _form(request, Typed(), {})


async def begin(request: web.Request) -> web.Response:
    """Make the account of the first administrator, and go on with the steps."""
    secret, language, moment = request.match_info["secret"], language_of(request), now()
    typed = Typed.read(await request.post())
    async with request.app[DATABASE].reading() as session:
        if not await is_first_link(session, secret, now=moment):
            return link_is_over(request)
        errors = faults_in(request, typed, may_lack_password=False, asks_reason=False)
        if "handle" not in errors and not await handle_is_free(session, typed.handle):
            errors["handle"] = handle_taken(language)
    if not errors and not allow_mail(request):
        errors["email"] = language.gettext("Too many tries. Wait five minutes and try again.")
    if errors:
        return _form(request, typed, errors)
    password_hash, pair, address = await hashed(typed.password), await make_pair(), check_email(typed.email)
    try:
        async with request.app[DATABASE].writing() as session:
            if not await use_first_link(session, secret, now=moment):
                raise _Over
            account, actor = await create_person(
                session, request.app[SITE], request.app[KEYS], pair, handle=check_handle(typed.handle),
                name=typed.name, email=address, password_hash=password_hash, language=language.code,
                roles=frozenset({Role.ADMINISTRATOR}), now=moment,
            )  # fmt: skip
            note_act(
                session, actor.id, "first-administrator", now=moment, object_uri=actor.uri, object_name=actor.account
            )
            await ask_to_confirm(request, session, account, address, now=moment)
    except _Over:
        return link_is_over(request)
    except HandleError:
        return _form(request, typed, {"handle": handle_taken(language)})
    except EmailError:
        return _form(
            request, typed, {"email": language.gettext("Fill in a whole e-mail address, such as name@example.org.")}
        )
    return await complete_sign_in(request, account, proved=Proved(Method.PASSWORD), back=STEPS)


def _form(request: web.Request, typed: Typed, errors: Mapping[str, str]) -> web.Response:
    return show(
        request,
        "begin.html",
        status=422 if errors else 200,
        typed=typed.shown,
        errors=errors,
        action=request.path,
        # The first account has no other way in yet: a password, and a second step right after it.
        can_mail=False,
        needs_second=request.app[REQUIRE_MFA],
    )
