"""With which providers I sign in: linked after I showed once more who I am, and unlinked again."""

from collections.abc import Mapping

from aiohttp import web

from actors.database import now
from actors.people.factors import read_factors
from actors.people.identities import identities_of, unlink_identity
from actors.people.tables import Account
from web.keys import CAN_MAIL, DATABASE, PROVIDERS
from web.language import N_
from web.oidc.provider import Begun, ProviderError
from web.pages.account.fresh import fresh_person_of
from web.pages.asked import browser_of, path_id, see_other
from web.pages.signin.elsewhere import LINKS_PAGE, begin, provider_of, remember
from web.pages.signin.letters import tell_change
from web.pages.signin.showing import show, tell
from web.render import language_of

_NOTICES: Mapping[str, str] = {
    "gekoppeld": N_("It is linked. From now on you can sign in with it."),
    "ontkoppeld": N_("You cannot sign in with it any more."),
    "laatste": N_("This is the only way in which you can sign in. Choose a password or add a passkey first."),
}


async def overview(request: web.Request) -> web.Response:
    """Answer with the providers, and which of them I sign in with."""
    signed_in, _ = browser_of(request)
    async with request.app[DATABASE].reading() as session:
        identities = await identities_of(session, signed_in.actor.id)
    language = language_of(request)
    providers = [provider.settings for provider in request.app[PROVIDERS].values()]
    labels = {ours.issuer: ours.label for ours in providers}
    told = _NOTICES.get(request.query.get("bericht", ""))
    return show(
        request,
        "account/elsewhere.html",
        errors={},
        linked=[
            (one.id, labels.get(one.issuer, one.issuer), one.label, language.date_of(one.used_at)) for one in identities
        ],
        providers=[(ours.key, ours.label) for ours in providers],
        here=LINKS_PAGE,
        notice=language.gettext(told) if told else "",
    )


async def link(request: web.Request) -> web.Response:
    """Answer with the link to a provider: what comes back is linked with my account."""
    signed_in, _ = fresh_person_of(request, back=LINKS_PAGE)
    provider, language, begun = provider_of(request), language_of(request), Begun.new()
    name = {"name": provider.settings.label}
    try:
        address = await begin(request, provider, begun)
    except ProviderError:
        return tell(
            request,
            language.gettext("That did not work"),
            language.gettext("%(name)s does not answer now. Try again in a while.") % name,
            kind="error",
            status=502,
            action=(LINKS_PAGE, language.gettext("Go back")),
        )
    response = tell(
        request,
        language.gettext("Go to %(name)s") % name,
        language.gettext("Sign in there with the account that you want to use here. Then you come back by yourself."),
        action=(address, language.gettext("Go to %(name)s") % name),
    )
    remember(request, response, provider, begun, back=LINKS_PAGE, link_for=signed_in.actor.id)
    return response


async def unlink(request: web.Request) -> web.Response:
    """End that I sign in by way of a provider, when I can still sign in without it."""
    signed_in, _ = fresh_person_of(request, back=LINKS_PAGE)
    identity_id, moment = path_id(request), now()
    async with request.app[DATABASE].writing() as session:
        account = await session.get_one(Account, signed_in.actor.id)
        has_other = (
            account.password_hash is not None
            or request.app[CAN_MAIL]
            or bool((await read_factors(session, account.actor_id)).passkeys)
            or len(await identities_of(session, account.actor_id)) > 1
        )
        if not has_other:
            return see_other(f"{LINKS_PAGE}?bericht=laatste")
        if not await unlink_identity(session, account.actor_id, identity_id, now=moment):
            raise web.HTTPNotFound
        await tell_change(request, session, account, "identity-unlinked", now=moment)
    return see_other(f"{LINKS_PAGE}?bericht=ontkoppeld")
