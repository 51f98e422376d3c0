"""Every address that is answered here, on one page."""

from aiohttp import web

from web import documents, signposts, wellknown
from web.activitypub import agreements as agreement_documents
from web.activitypub import collections
from web.activitypub import documents as activity
from web.activitypub import roles as role_documents
from web.activitypub.arrivals import inbox
from web.bodies import expect
from web.negotiation import negotiated
from web.pages import (
    about,
    account,
    actors,
    admin,
    agreements,
    appearance,
    begin,
    followers,
    front,
    issues,
    knowledge,
    moderation,
    network,
    notifications,
    outcomes,
    photo,
    posts,
    preview,
    returned,
    roles,
    signals,
    signin,
    standing_texts,
    streams,
    style,
)
from web.theme_sheet import theme_sheet

_ACTORS = {
    "vraagstukken": issues.issue,
    "personen": actors.person,
    "organisaties": actors.organisation,
    "netwerken": actors.network,
}
_POSTS = {
    "inbreng": posts.post,
    "terugkoppelingen": posts.post,
    "peilingen": posts.post,
    "bijeenkomsten": posts.post,
    "antwoorden": posts.post,
    "kennis": knowledge.product,
}
_COLLECTIONS = {
    "outbox": collections.outbox,
    "followers": collections.followers,
    "following": collections.following,
    "featured": collections.featured,
}


def routes() -> list[web.RouteDef]:
    """Return all routes; where two fit, the first counts, so fixed names stand before ``{handle}``."""
    found = [*_machines(), *_pages(), *_signing_in(), *_my_account(), *_moderation(), *_administration(), *_things()]
    return [web.RouteDef(one.method, one.path, one.handler, {**one.kwargs, "expect_handler": expect}) for one in found]


def _machines() -> list[web.RouteDef]:
    return [
        web.get("/.well-known/webfinger", wellknown.webfinger),
        web.get("/.well-known/host-meta", wellknown.host_meta_xml),
        web.get("/.well-known/security.txt", signposts.security_txt),
        web.get("/.well-known/change-password", signposts.change_password),
        web.get("/robots.txt", signposts.robots_txt),
        web.get("/favicon.ico", signposts.favicon),
        web.get("/.well-known/nodeinfo", wellknown.nodeinfo_links),
        web.get("/nodeinfo/{version}", wellknown.nodeinfo_document),
        web.post("/inbox", inbox),
        web.get("/actor", activity.application),
        web.post("/actor/inbox", inbox),
        *(web.get(f"/actor/{name}", handler) for name, handler in _COLLECTIONS.items()),
        web.get("/activities/{id}", activity.activity),
        web.get("/documenten/{digest}/{name}", documents.stored_document),
        web.get(r"/documenten/{digest}/{wide:[1-9][0-9]{1,3}}/{name}", documents.preview),
        web.get("/static/{name:.+}", documents.static_file),
        web.get("/thema.{digest}.css", theme_sheet),
        web.get("/thema/voorbeeld.css", appearance.candidate),
    ]


def _pages() -> list[web.RouteDef]:
    return [
        web.get("/", negotiated(activity.application, front.front)),
        web.get("/over", about.about),
        web.get("/stijl", style.overview),
        web.get("/regels", standing_texts.rules),
        web.get("/privacy", standing_texts.privacy),
        web.get("/toegankelijkheid", standing_texts.accessibility),
        web.get("/netwerk", network.overview),
        web.get("/meldingen", notifications.notifications),
        web.post("/meldingen/gelezen", notifications.mark_all),
        web.get("/meldingen/{id}", notifications.open_notification),
        web.get("/uitschrijven/{token}", account.mail_wishes.unsubscribe_form),
        web.post("/uitschrijven/{token}", account.mail_wishes.unsubscribe),
        web.get("/beheer/uiterlijk", appearance.form),
        web.post("/beheer/uiterlijk", appearance.change),
        web.post("/beheer/uiterlijk/standaard", appearance.reset),
        web.post("/beheer/uiterlijk/logo", appearance.change_logo),
        web.post("/beheer/uiterlijk/logo/weg", appearance.remove_logo),
        web.get("/mijn/foto", photo.form),
        web.post("/mijn/foto", photo.save),
        web.post("/mijn/foto/weg", photo.remove),
        web.get("/meldingen/stroom", streams.my_stream, allow_head=False),
        web.get("/vraagstukken/elders/{id}/stroom", streams.issue_elsewhere_stream, allow_head=False),
        web.get("/vraagstukken/{handle}/stroom", streams.issue_stream, allow_head=False),
        web.post("/voorbeeld", preview.preview),
        web.post("/volgen", actors.follow_actor),
        web.post("/volgverzoeken/{id}", followers.answer),
        web.post("/volgers", followers.decide),
        web.get("/actoren/{id}", actors.elsewhere),
        web.get("/vraagstukken", issues.overview),
        web.get("/vraagstukken/nieuw", issues.form),
        web.post("/vraagstukken/nieuw", issues.publish),
        web.get("/vraagstukken/{handle}/wijzigen", issues.change_form),
        web.post("/vraagstukken/{handle}/wijzigen", issues.change),
        web.get("/vraagstukken/{handle}/fase", issues.phase_form),
        web.post("/vraagstukken/{handle}/fase", issues.move_phase),
        web.get("/vraagstukken/{handle}/beloofd", issues.promise_form),
        web.post("/vraagstukken/{handle}/beloofd", issues.promise),
        web.get("/vraagstukken/{handle}/afspraken/nieuw", agreements.form),
        web.post("/vraagstukken/{handle}/afspraken/nieuw", agreements.propose),
        web.get("/vraagstukken/elders/{id}/afspraken/nieuw", agreements.form_elsewhere),
        web.post("/vraagstukken/elders/{id}/afspraken/nieuw", agreements.propose_elsewhere),
        web.get("/vraagstukken/{handle}/rollen", negotiated(role_documents.roles, role_documents.page)),
        web.get("/vraagstukken/{handle}/rollen/aanbieden", roles.offering.form),
        web.post("/vraagstukken/{handle}/rollen/aanbieden", roles.offering.offer),
        web.get("/vraagstukken/elders/{id}/rollen/aanbieden", roles.offering.form),
        web.post("/vraagstukken/elders/{id}/rollen/aanbieden", roles.offering.offer),
        web.get("/vraagstukken/{handle}/rollen/meedoen", roles.joining.form),
        web.post("/vraagstukken/{handle}/rollen/meedoen", roles.joining.ask),
        web.get("/vraagstukken/elders/{id}/rollen/meedoen", roles.joining.form),
        web.post("/vraagstukken/elders/{id}/rollen/meedoen", roles.joining.ask),
        web.get("/rollen", roles.mine.overview),
        web.get("/rollen/{id}", negotiated(role_documents.role, roles.one.show)),
        web.post("/rollen/{id}", roles.one.act),
        web.get("/rol/{secret}", roles.link.show),
        web.post("/rol/{secret}", roles.link.answer),
        web.get("/afspraken/gebeurd/{id}", agreements.happened),
        web.get("/afspraken/{id}", negotiated(agreement_documents.agreement, agreements.agreement)),
        web.get("/afspraken/{id}/status", agreement_documents.status),
        web.get("/afspraken/{id}/versies/{version}", negotiated(agreement_documents.version, agreements.version)),
        web.get("/afspraken/{id}/wijzigen", agreements.change_form),
        web.post("/afspraken/{id}/wijzigen", agreements.change),
        web.post("/afspraken/{id}/ondertekenen", agreements.sign),
        web.post("/afspraken/{id}/afslaan", agreements.decline),
        web.post("/afspraken/{id}/stand", agreements.say_what_became),
        web.get("/vraagstukken/elders/{id}", issues.issue_elsewhere),
        web.post("/vraagstukken/elders/{id}/inbreng", issues.contribute_elsewhere),
        web.post("/vraagstukken/{handle}/inbreng", issues.contribute),
        web.get("/signaal", signals.giving.form),
        web.post("/signaal", signals.giving.give),
        web.get("/signalen", signals.queue.overview),
        web.get("/signalen/{id}", signals.answering.show),
        web.post("/signalen/{id}", signals.answering.act),
        web.get("/mijn/signalen", signals.mine.overview),
        web.post("/mijn/signalen/{id}", signals.mine.add),
        web.get("/kennis", knowledge.overview),
        web.get("/kennis/nieuw", knowledge.form),
        web.post("/kennis/nieuw", knowledge.publish),
        web.get("/kennis/{id}/wijzigen", knowledge.change_form),
        web.post("/kennis/{id}/wijzigen", knowledge.change),
        web.get("/inbreng/{id}/wijzigen", posts.change_form),
        web.post("/inbreng/{id}/wijzigen", posts.change),
        web.post("/inbreng/{id}/intrekken", posts.withdraw),
        web.post("/inbreng/{id}/antwoord", posts.answer),
        web.get("/vraagstukken/elders/{id}/terugkoppelen", outcomes.writing.overview),
        web.post("/vraagstukken/elders/{id}/terugkoppelen", outcomes.writing.start),
        web.get("/vraagstukken/{handle}/terugkoppelen", outcomes.writing.overview),
        web.post("/vraagstukken/{handle}/terugkoppelen", outcomes.writing.start),
        web.get("/terugkoppelingen/concepten/{id}", outcomes.writing.form),
        web.post("/terugkoppelingen/concepten/{id}", outcomes.writing.save),
        web.post("/terugkoppelingen/concepten/{id}/weg", outcomes.writing.discard),
        web.get("/terugkoppelingen/concepten/{id}/inbreng", outcomes.picking.form),
        web.post("/terugkoppelingen/concepten/{id}/inbreng", outcomes.picking.pick),
        web.get("/terugkoppelingen/concepten/{id}/plaatsen", outcomes.publishing.preview),
        web.post("/terugkoppelingen/concepten/{id}/plaatsen", outcomes.publishing.publish),
        web.get("/terugkoppelingen/stappen/{id}", outcomes.steps.show),
        web.post("/terugkoppelingen/stappen/{id}", outcomes.steps.mark),
        web.get("/terugkoppelingen/{id}/wijzigen", outcomes.correcting.form),
        web.post("/terugkoppelingen/{id}/wijzigen", outcomes.correcting.start),
        web.get("/terugkoppelingen/{id}/versies", outcomes.correcting.versions),
        web.get("/terugkoppeling-beloofd", outcomes.owed.overview),
        web.get("/terugkoppeling-beloofd.atom", outcomes.owed_shared.as_feed),
        web.get("/api/samenspraak/v1/feedback-owed", outcomes.owed_shared.as_json),
        web.get("/@{handle}", actors.by_handle),
    ]


def _signing_in() -> list[web.RouteDef]:
    return [
        web.get("/inloggen", signin.form.form),
        web.post("/inloggen", signin.form.sign_in),
        web.get("/inloggen/link", signin.mail_link.ask_form),
        web.post("/inloggen/link", signin.mail_link.ask),
        web.get("/inloggen/link/{secret}", signin.mail_link.open_link),
        web.post("/inloggen/link/{secret}", signin.mail_link.follow_link),
        web.post("/inloggen/passkey/vraag", signin.passkey.options),
        web.post("/inloggen/passkey", signin.passkey.sign_in),
        web.get("/inloggen/tweede-stap", signin.second_factor.form),
        web.post("/inloggen/tweede-stap", signin.second_factor.prove),
        web.post("/inloggen/tweede-stap/vraag", signin.second_factor.passkey_options),
        web.get("/inloggen/opnieuw", signin.again.form),
        web.post("/inloggen/opnieuw", signin.again.prove),
        web.post("/inloggen/opnieuw/vraag", signin.again.passkey_options),
        web.get("/inloggen/via/{provider}", signin.elsewhere.start),
        web.get("/inloggen/via/{provider}/terug", signin.elsewhere.come_back),
        web.get("/inloggen/via/{provider}/nieuw", signin.newcomer.form),
        web.post("/inloggen/via/{provider}/nieuw", signin.newcomer.make),
        web.post("/inloggen/via/{provider}/uitgelogd", signin.elsewhere.signed_out_there),
        web.get("/inloggen/via/{provider}/uitgelogd", signin.elsewhere.signed_out),
        web.post("/uitloggen", signin.leaving.sign_out),
        web.get("/opnieuw", returned.again),
        web.post("/taal", signin.leaving.choose_language),
        web.get("/registreren", signin.register.form),
        web.post("/registreren", signin.register.register),
        web.get("/bevestigen/{secret}", signin.register.open_link),
        web.post("/bevestigen/{secret}", signin.register.confirm),
        web.get("/uitnodiging/{secret}", signin.invitation.form),
        web.post("/uitnodiging/{secret}", signin.invitation.accept),
        web.get("/wachtwoord/vergeten", signin.reset.ask_form),
        web.post("/wachtwoord/vergeten", signin.reset.ask),
        web.get("/wachtwoord/{secret}", signin.reset.form),
        web.post("/wachtwoord/{secret}", signin.reset.choose),
    ]


def _my_account() -> list[web.RouteDef]:
    return [
        web.get("/mijn", account.profile.start),
        web.get("/mijn/meldingen", account.mail_wishes.form),
        web.post("/mijn/meldingen", account.mail_wishes.change),
        web.get("/mijn/profiel", account.profile.form),
        web.post("/mijn/profiel", account.profile.change),
        web.get("/mijn/beveiliging", account.security.overview),
        web.get("/mijn/beveiliging/wachtwoord", account.security.password_form),
        web.get("/mijn/beveiliging/elders", account.elsewhere.overview),
        web.post("/mijn/beveiliging/elders/via/{provider}", account.elsewhere.link),
        web.post("/mijn/beveiliging/elders/{id}/weg", account.elsewhere.unlink),
        web.post("/mijn/beveiliging/wachtwoord", account.security.change_password),
        web.post("/mijn/beveiliging/herstelcodes", account.security.new_codes),
        web.get("/mijn/beveiliging/app", account.totp.form),
        web.post("/mijn/beveiliging/app", account.totp.confirm),
        web.post("/mijn/beveiliging/app/weg", account.totp.remove),
        web.get("/mijn/beveiliging/passkey", account.passkeys.form),
        web.post("/mijn/beveiliging/passkey", account.passkeys.add),
        web.post("/mijn/beveiliging/passkey/vraag", account.passkeys.options),
        web.post("/mijn/beveiliging/passkey/{id}/naam", account.passkeys.rename),
        web.post("/mijn/beveiliging/passkey/{id}/weg", account.passkeys.remove),
        web.get("/mijn/sessies", account.sessions.overview),
        web.post("/mijn/sessies/beeindigen", account.sessions.end),
        web.get("/mijn/gegevens", account.details.overview),
        web.post("/mijn/gegevens/taal", account.details.choose_language),
        web.post("/mijn/gegevens/bevestigen", account.details.confirm_again),
        web.get("/mijn/gegevens/adres", account.details.email_form),
        web.post("/mijn/gegevens/adres", account.details.change_email),
    ]


def _moderation() -> list[web.RouteDef]:
    return [
        web.get("/melden", moderation.reporting.form),
        web.post("/melden", moderation.reporting.send),
        web.get("/melden/overzicht", moderation.reporting.overview),
        web.get("/bezwaar/{id}", moderation.objecting.form),
        web.post("/bezwaar/{id}", moderation.objecting.send),
        web.get("/beheer/meldingen", moderation.queue.overview),
        web.get("/beheer/meldingen/{id}", moderation.report.show),
        web.post("/beheer/meldingen/{id}", moderation.report.act),
        web.get("/beheer/servers", moderation.servers.overview),
        web.get("/beheer/servers/besluit", moderation.servers.choose),
        web.post("/beheer/servers/besluit", moderation.servers.decide),
        web.get("/beheer/servers/lijst", moderation.server_lists.form),
        web.post("/beheer/servers/lijst", moderation.server_lists.take),
        web.get("/beheer/servers/lijst.csv", moderation.server_lists.give),
        web.get("/beheer/koppelingen", moderation.links.overview),
        web.post("/beheer/koppelingen", moderation.links.act),
        web.get("/beheer/bezorging", moderation.delivery.overview),
        web.post("/beheer/bezorging", moderation.delivery.act),
    ]


def _administration() -> list[web.RouteDef]:
    return [
        web.get("/begin/{secret}", begin.form),
        web.post("/begin/{secret}", begin.begin),
        web.get("/beheer", admin.overview.overview),
        web.get("/beheer/begin", admin.beginning.overview),
        web.post("/beheer/begin", admin.beginning.skip),
        web.get("/beheer/organisatie", admin.organisation.form),
        web.post("/beheer/organisatie", admin.organisation.save),
        web.get("/beheer/teksten", admin.texts.overview),
        web.get("/beheer/teksten/{text}/{language}", admin.texts.form),
        web.post("/beheer/teksten/{text}/{language}", admin.texts.save),
        web.post("/beheer/teksten/{text}/{language}/terug", admin.texts.restore),
        web.get("/beheer/bewaren", admin.retention.form),
        web.post("/beheer/bewaren", admin.retention.choose),
        web.get("/beheer/logboek", admin.log.overview),
        web.post("/beheer/logboek/bestand", admin.log.export),
        web.get("/beheer/instellingen", admin.settings.overview),
        web.post("/beheer/instellingen/testmail", admin.settings.send_test),
        web.get("/beheer/mensen", admin.people.people),
        web.get("/beheer/mensen/{id}", admin.people.person),
        web.post("/beheer/mensen/{id}/adres", admin.people.show_email),
        web.post("/beheer/mensen/{id}/rollen", admin.deciding.set_roles),
        web.post("/beheer/mensen/{id}/antwoord", admin.deciding.answer_registration),
        web.post("/beheer/mensen/{id}/account", admin.deciding.close_or_open),
        web.post("/beheer/mensen/{id}/uitloggen", admin.deciding.end_sessions),
        web.post("/beheer/mensen/{id}/tweede-stap", admin.deciding.remove_second_factor),
        web.get("/beheer/uitnodigingen", admin.invitations.overview),
        web.post("/beheer/uitnodigingen", admin.invitations.invite),
        web.post("/beheer/uitnodigingen/aanmelden", admin.invitations.choose_mode),
        web.post("/beheer/uitnodigingen/{id}/intrekken", admin.invitations.revoke),
    ]


def _things() -> list[web.RouteDef]:
    found: list[web.RouteDef] = []
    for path, page in _ACTORS.items():
        base = f"/{path}/{{handle}}"
        found += [web.get(base, negotiated(activity.actor, page)), web.post(f"{base}/inbox", inbox)]
        found += [web.get(f"{base}/{name}", handler) for name, handler in _COLLECTIONS.items()]
    found += [
        web.get("/vraagstukken/{handle}/context", collections.context),
        web.get("/netwerken/{handle}/context", collections.context),
        web.get("/organisaties/{handle}/issues", collections.issues),
        web.get("/organisaties/{handle}/knowledge", collections.knowledge),
    ]
    for path, page in _POSTS.items():
        base = f"/{path}/{{id}}"
        found += [web.get(base, negotiated(activity.post, page)), web.get(f"{base}/replies", collections.replies)]
    return found
