"""The well-known addresses: WebFinger, host-meta and NodeInfo."""

import json
from importlib.metadata import version

from aiohttp import web
from sqlalchemy import func, select

from actors.actor import Actor
from actors.kinds import ActorKind
from actors.local import application_actor, local_actor, own_organisation
from actors.people.register import is_waiting
from actors.people.tables import Account
from actors.posts.tables import Post
from actors.site import ACTOR_PATHS, Site
from federation import nodeinfo
from federation.errors import DocumentError
from federation.vocabulary import JRD_JSON
from federation.webfinger import host_meta, jrd, parse_account
from web.cache import SHARED
from web.keys import DATABASE, SITE
from web.registration import RegistrationMode, registration_mode

VERSION = version("samenspraak")
REPOSITORY = "https://codeberg.org/samenspraak/samenspraak"
FEATURES = ("issues", "knowledge-products", "outcomes")
_APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
_OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}


async def webfinger(request: web.Request) -> web.Response:
    """Answer who ``acct:handle@domain``, or the address of an actor, is (RFC 7033)."""
    resource = request.query.get("resource", "")
    if not resource:
        raise web.HTTPBadRequest(reason="WebFinger needs a resource")
    site = request.app[SITE]
    async with request.app[DATABASE].reading() as session:
        if resource.rstrip("/") in {site.base_url, site.application_uri}:
            actor: Actor | None = await application_actor(session)
        else:
            handle = _handle_in(site, resource)
            actor = await local_actor(session, handle) if handle is not None else None
            if actor is not None and await is_waiting(session, actor):
                actor = None
    if actor is None or (
        resource.startswith("http") and resource.rstrip("/") not in {actor.uri, actor.url, site.base_url}
    ):
        raise web.HTTPNotFound(reason="There is no such account here")
    if actor.deleted_at is not None:
        raise web.HTTPGone(reason="This account is gone")
    answer = jrd(f"acct:{actor.account}", actor.uri, actor.url or actor.uri)
    return _json(answer, JRD_JSON)


async def host_meta_xml(request: web.Request) -> web.Response:
    """Answer where WebFinger is asked (RFC 6415)."""
    response = web.Response(
        text=host_meta(request.app[SITE].base_url), content_type="application/xrd+xml", headers=_OPEN_TO_ALL
    )
    response[SHARED] = True
    return response


async def nodeinfo_links(request: web.Request) -> web.Response:
    """Answer where NodeInfo is, and which actor is the server's own (FEP-2677)."""
    site = request.app[SITE]
    answer = nodeinfo.well_known(site.base_url)
    answer["links"].append({"rel": _APPLICATION, "href": site.application_uri})
    return _json(answer, "application/json")


async def nodeinfo_document(request: web.Request) -> web.Response:
    """Answer what software runs here and how many use it, in NodeInfo 2.0 or 2.1."""
    schema = request.match_info["version"]
    if schema not in nodeinfo.VERSIONS:
        raise web.HTTPNotFound
    async with request.app[DATABASE].reading() as session:
        organisation = await own_organisation(session)
        users = await session.scalar(select(func.count()).select_from(Account))
        posts = await session.scalar(select(func.count()).where(Post.is_local.is_(True), Post.deleted_at.is_(None)))
        issues = await session.scalar(
            select(func.count()).where(
                Actor.is_local.is_(True), Actor.kind == ActorKind.ISSUE, Actor.deleted_at.is_(None)
            )
        )
    answer = nodeinfo.document(
        version=VERSION,
        users=users or 0,
        local_posts=posts or 0,
        open_registrations=registration_mode(request) is RegistrationMode.OPEN,
        features=FEATURES,
        metadata={
            "nodeName": organisation.name,
            "samenspraak": {"organisation": organisation.uri, "issues": issues or 0},
        },
        repository=REPOSITORY,
        schema=schema,
    )
    return _json(answer, f'application/json; profile="{nodeinfo.SCHEMA}{schema}#"')


def _handle_in(site: Site, resource: str) -> str | None:
    if resource.startswith(("http://", "https://")):
        path = site.path_of(resource)
        parts = path.strip("/").split("/") if path is not None else []
        if len(parts) == 1 and parts[0].startswith("@"):
            return parts[0][1:]
        return parts[1] if len(parts) == 2 and parts[0] in ACTOR_PATHS else None
    try:
        account = parse_account(resource)
    except DocumentError:
        raise web.HTTPBadRequest(reason="This resource is not an account") from None
    return account.handle if account.domain == site.domain else None


def _json(content: object, content_type: str) -> web.Response:
    body = json.dumps(content, separators=(",", ":")).encode()
    response = web.Response(body=body, headers={"Content-Type": content_type, **_OPEN_TO_ALL})
    response[SHARED] = True
    return response
