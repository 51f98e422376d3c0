"""Every address that is answered here, on one page."""

from aiohttp import web

from web import documents, wellknown
from web.activitypub import collections
from web.activitypub import documents as activity
from web.activitypub.arrivals import inbox
from web.bodies import expect
from web.negotiation import negotiated
from web.pages import (
    about,
    actors,
    appearance,
    followers,
    front,
    issues,
    knowledge,
    network,
    notifications,
    photo,
    posts,
    signin,
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
    found = [*_machines(), *_pages(), *_things()]
    return [web.RouteDef(one.method, one.path, one.handler, {**one.kwargs, "expect_handler": expect}) for one in found]


def _machines() -> list[web.RouteDef]:
    return [
        web.get("/.well-known/webfinger", wellknown.webfinger),
        web.get("/.well-known/host-meta", wellknown.host_meta_xml),
        web.get("/.well-known/nodeinfo", wellknown.nodeinfo_links),
        web.get("/nodeinfo/{version}", wellknown.nodeinfo_document),
        web.post("/inbox", inbox),
        web.get("/actor", activity.application),
        web.post("/actor/inbox", inbox),
        *(web.get(f"/actor/{name}", handler) for name, handler in _COLLECTIONS.items()),
        web.get("/activities/{id}", activity.activity),
        web.get("/documenten/{digest}/{name}", documents.stored_document),
        web.get(r"/documenten/{digest}/{wide:[1-9][0-9]{1,3}}/{name}", documents.preview),
        web.get("/static/{name}", documents.static_file),
        web.get("/thema.{digest}.css", theme_sheet),
        web.get("/thema/voorbeeld.css", appearance.candidate),
    ]


def _pages() -> list[web.RouteDef]:
    return [
        web.get("/", negotiated(activity.application, front.front)),
        web.get("/over", about.about),
        web.get("/netwerk", network.overview),
        web.get("/meldingen", notifications.notifications),
        web.get("/beheer/uiterlijk", appearance.form),
        web.post("/beheer/uiterlijk", appearance.change),
        web.post("/beheer/uiterlijk/standaard", appearance.reset),
        web.post("/beheer/uiterlijk/logo", appearance.change_logo),
        web.post("/beheer/uiterlijk/logo/weg", appearance.remove_logo),
        web.get("/mijn/foto", photo.form),
        web.post("/mijn/foto", photo.save),
        web.post("/mijn/foto/weg", photo.remove),
        web.get("/inloggen", signin.form),
        web.post("/inloggen", signin.sign_in),
        web.post("/uitloggen", signin.sign_out),
        web.post("/taal", signin.choose_language),
        web.post("/volgen", actors.follow_actor),
        web.post("/volgverzoeken/{id}", followers.answer),
        web.post("/volgers", followers.decide),
        web.get("/actoren/{id}", actors.elsewhere),
        web.get("/vraagstukken", issues.overview),
        web.get("/vraagstukken/nieuw", issues.form),
        web.post("/vraagstukken/nieuw", issues.publish),
        web.get("/vraagstukken/elders/{id}", issues.issue_elsewhere),
        web.post("/vraagstukken/elders/{id}/inbreng", issues.contribute_elsewhere),
        web.post("/vraagstukken/{handle}/inbreng", issues.contribute),
        web.get("/kennis", knowledge.overview),
        web.get("/kennis/nieuw", knowledge.form),
        web.post("/kennis/nieuw", knowledge.publish),
        web.post("/inbreng/{id}/intrekken", posts.withdraw),
        web.post("/inbreng/{id}/antwoord", posts.answer),
        web.get("/@{handle}", actors.by_handle),
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
