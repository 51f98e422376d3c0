"""What happens around every request: the shared cache, who asks, cross-site guards, headers, errors.

Outermost first: `guard_answer` puts the headers on and turns errors into answers; `share_answer`
gives out what is kept; `know_visitor` finds out who asks; then `web.once` has each form count once.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from actors.database import now
from actors.group_commit import Overloaded
from actors.people.accounts import SignedIn, signed_in_by_token
from actors.people.sessions import is_due, note_seen, signed_in_by_session
from actors.visibility import ANYONE, Viewer
from federation.errors import FederationError
from web.bodies import has_hung_up, is_by_server, read_form, takes_files
from web.cache import SHARED, may_be_shared
from web.cookies import cookie_name, read_cookie
from web.forms import (
    FORM_COOKIE,
    IS_FORM,
    FormReturned,
    anyones_token,
    check_same_site,
    check_token,
    session_token,
)
from web.headers import put_headers
from web.keys import BUDGET, CACHE, DATABASE, HOUSE, LANGUAGES, REQUIRE_MFA
from web.negotiation import wants_activity
from web.visitor import LANGUAGE_COOKIE, SESSION_COOKIE, VISITOR, Visitor, visitor_of

log = logging.getLogger(__name__)

ErrorPage = Callable[[web.Request, int], Awaitable[web.Response]]
ReturnPage = Callable[[web.Request, FormReturned], Awaitable[web.Response]]

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def make_guard(error_page: ErrorPage, return_page: ReturnPage) -> Middleware:
    """Return the outermost middleware, with the pages for what fails and for a form that comes back to its sender."""

    @web.middleware
    async def guard_answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                put_headers(request, error)
                raise
            page = partial(return_page, request, error) if isinstance(error, FormReturned) else None
            response = await _refusal(request, error.status, error.reason, error_page, page)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except FederationError as error:
            log.info("refused %s %s: %s", request.method, request.path, error.reason)
            response = await _refusal(request, error.http_status, error.public, error_page)
        except Overloaded:
            response = await _refusal(request, 503, "This server is busy; try again later.", error_page)
        except (OperationalError, PoolTimeout, ConnectionError, DBAPIError) as error:
            if isinstance(error, ConnectionError) and has_hung_up(request):
                log.info("whoever asked hung up: %s %s", request.method, request.path)
                response = web.Response(status=400)
            elif isinstance(error, DBAPIError) and not isinstance(error, OperationalError) and not _is_away(error):
                log.exception("a request failed: %s %s", request.method, request.path)
                response = await _refusal(request, 500, "Something went wrong here.", error_page)
            else:
                log.error("the database is away: %s", error)
                response = await _refusal(request, 503, "This server cannot store anything now.", error_page)
        except Exception:
            log.exception("a request failed: %s %s", request.method, request.path)
            response = await _refusal(request, 500, "Something went wrong here.", error_page)
        if response.status in {429, 503}:
            response.headers.setdefault("Retry-After", "30")
        if not response.prepared:
            put_headers(request, response)
        return response

    return guard_answer


@web.middleware
async def share_answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give out what is kept to those of whom nothing is known, and keep what may be shared."""
    key = _shared_key(request)
    if key is None:
        return await handler(request)
    cache = request.app[CACHE]
    # Of those who ask at once for what is not kept, one makes it and the others wait.
    kept = cache.get(key) or await cache.in_flight(key)
    if kept is not None:
        return kept.response(request)
    land = cache.take_off(key)
    try:
        generation = cache.generation
        response = await handler(request)
        if not isinstance(response, web.Response) or response.status != 200 or not response.get(SHARED):
            return response
        body = response.body
        if not isinstance(body, bytes) or response.cookies:
            return response
        kept = cache.put(key, body, response.headers, generation)
    finally:
        land(kept)
    return kept.response(request)


@web.middleware
async def know_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks, and refuse what another site made a browser send."""
    signed_in: SignedIn | None = None
    csrf = ""
    secret = read_cookie(request, SESSION_COOKIE)
    bearer = request.headers.get("Authorization", "")
    if bearer.startswith("Bearer "):
        async with request.app[DATABASE].reading() as session:
            signed_in = await signed_in_by_token(session, bearer[7:])
        if signed_in is None:
            raise web.HTTPUnauthorized(reason="The access token is invalid")
    elif secret:
        async with request.app[DATABASE].reading() as session:
            signed_in = await signed_in_by_session(session, secret, now=now())
        if signed_in is not None:
            csrf = session_token(request, secret)
            await _keep_open(request, signed_in)
            if signed_in.is_admin and request.app[REQUIRE_MFA] and not signed_in.has_two_factors:
                signed_in = signed_in.without_roles()
    if signed_in is None and (form_secret := read_cookie(request, FORM_COOKIE)):
        csrf = anyones_token(request, form_secret)
    viewer = Viewer(signed_in.actor.id) if signed_in is not None and signed_in.may_read else ANYONE
    if viewer is ANYONE and request.method in _SAFE_METHODS:
        signed_in = None  # a token that may not read: whoever asks is anyone
    language = request.app[LANGUAGES].choose(
        signed_in.language if signed_in else None,
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("Accept-Language"),
    )
    request[VISITOR] = Visitor(viewer, signed_in, language, csrf, await request.app[HOUSE].current())
    if request.method not in _SAFE_METHODS and not is_by_server(request):
        # A token is sent by a program that means it; a cookie by any browser, whoever made it send.
        by_program = bearer.startswith("Bearer ")
        if not by_program:
            check_same_site(request)
        may_upload = signed_in is not None and takes_files(request)
        await read_form(request, request.app[BUDGET], may_upload=may_upload)
        if not by_program:
            await check_token(request, visitor_of(request))
            request[IS_FORM] = True
    return await handler(request)


async def _keep_open(request: web.Request, signed_in: SignedIn) -> None:
    moment = now()
    if signed_in.session is None or not is_due(signed_in.session, moment):
        return
    # Reading goes on where nothing can be written.
    with suppress(SQLAlchemyError, OSError):
        async with request.app[DATABASE].writing() as session:
            await note_seen(session, signed_in.session, now=moment)


def _shared_key(request: web.Request) -> str | None:
    headers = request.headers
    if request.method not in {"GET", "HEAD"} or "Authorization" in headers or "Signature" in headers:
        return None
    if not may_be_shared(request):
        return None
    cookies = headers.get("Cookie", "")
    if cookie_name(request, SESSION_COOKIE) in cookies:
        return None
    if wants_activity(headers.get("Accept", "")):
        return f"a {request.path_qs}"
    language = request.app[LANGUAGES].choose(
        None, request.cookies.get(LANGUAGE_COOKIE) if cookies else None, headers.get("Accept-Language")
    )
    return f"{language} {request.path_qs}"


async def _refusal(
    request: web.Request,
    status: int,
    reason: str,
    error_page: ErrorPage,
    page: Callable[[], Awaitable[web.Response]] | None = None,
) -> web.StreamResponse:
    if _reads_pages(request):
        try:
            return await (error_page(request, status) if page is None else page())
        except Exception:
            log.exception("the error page failed")
    return web.json_response({"error": reason}, status=status)


def _reads_pages(request: web.Request) -> bool:
    accept = request.headers.get("Accept", "")
    if (request.method == "POST" and is_by_server(request)) or wants_activity(accept):
        return False
    return "html" in accept or bool(read_cookie(request, SESSION_COOKIE))


def _is_away(error: DBAPIError) -> bool:
    return error.connection_invalidated or isinstance(error.orig, OSError)
