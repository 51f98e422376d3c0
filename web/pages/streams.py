"""Streams of events for open pages (server-sent events): what is new in an issue, and how much there is to know.

A stream says no more than that there is something, and its number; the page fetches it as any page. It
ends with the session of its reader, after half an hour anyway, and when the server stops; browsers ask
again by themselves, and say what they heard last.
"""

import asyncio
import time
from contextlib import suppress
from typing import Final

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.issues.news import news_for
from actors.kinds import ActorKind
from actors.local import local_actor
from actors.people.sessions import signed_in_by_session
from actors.posts.notified import count_unread
from web.bodies import has_hung_up
from web.cache import unshared
from web.cookies import read_cookie
from web.headers import put_headers
from web.keys import DATABASE, LIMITS, LIVE
from web.live import END, Event, Listener, new_post, unread
from web.pages.asked import id_in, path_id
from web.visitor import SESSION_COOKIE, visitor_of

_HEARTBEAT_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 2.0
"""How long a page that was closed keeps its place."""
_LONGEST_SECONDS: Final = 1_800.0
_RETRY_MS: Final = 3_000


@unshared
async def issue_stream(request: web.Request) -> web.StreamResponse:
    """Tell what is new in an issue of ours while its page is open."""
    async with request.app[DATABASE].reading() as session:
        actor = await local_actor(session, request.match_info["handle"])
    return await _stream_of(request, actor)


@unshared
async def issue_elsewhere_stream(request: web.Request) -> web.StreamResponse:
    """Tell what is new in another instance's issue while its page is open."""
    async with request.app[DATABASE].reading() as session:
        actor = await session.get(Actor, path_id(request))
    return await _stream_of(request, actor)


@unshared
async def my_stream(request: web.Request) -> web.StreamResponse:
    """Tell how much there is to know for the person whose page is open."""
    if visitor_of(request).signed_in is None:
        raise web.HTTPForbidden
    return await _stream(request, None)


async def _stream_of(request: web.Request, actor: Actor | None) -> web.StreamResponse:
    if actor is None or actor.kind is not ActorKind.ISSUE or actor.suspended_at or actor.deleted_at:
        raise web.HTTPNotFound
    return await _stream(request, actor.id)


async def _stream(request: web.Request, issue_id: int | None) -> web.StreamResponse:
    viewer, address = visitor_of(request).viewer, request.app[LIMITS].address_of(request)
    with request.app[LIVE].listening(viewer, address, issue_id) as listener:
        if listener is None:
            raise web.HTTPServiceUnavailable(reason="Too many pages listen at the moment")
        missed = await _missed(request, listener)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        put_headers(request, response)
        await response.prepare(request)
        with suppress(ConnectionError):
            await response.write(f"retry: {_RETRY_MS}\n\n".encode())
            for event in missed:
                await response.write(_written(event))
            await _tell(request, response, listener)
        return response


async def _missed(request: web.Request, listener: Listener) -> list[Event]:
    """Return what came between the making of the page, or what was heard last, and now."""
    heard = id_in(request.headers.get("Last-Event-ID"))
    since = heard if heard is not None else id_in(request.query.get("sinds"))
    events: list[Event] = []
    async with request.app[DATABASE].reading() as session:
        phase = await request.app[LIVE].begin(session, listener)
        if listener.issue_id is not None and since is not None:
            posts = await news_for(session, listener.viewer, listener.issue_id, since=since)
            events += [new_post(post, is_for_all=False) for post in posts]
        if phase is not None and request.query.get("fase", phase.value) != phase.value:
            events.append(Event("fase", phase.value))
        if listener.viewer.actor_id is not None:
            events.append(unread(await count_unread(session, listener.viewer)))
    return events


async def _tell(request: web.Request, response: web.StreamResponse, listener: Listener) -> None:
    told = time.monotonic()
    until = told + _LONGEST_SECONDS
    while time.monotonic() < until:
        try:
            event = await asyncio.wait_for(listener.waiting.get(), _LOOK_SECONDS)
        except TimeoutError:
            if has_hung_up(request):
                return
            if time.monotonic() - told < _HEARTBEAT_SECONDS:
                continue
            if not await _is_still_signed_in(request):
                return
            await response.write(b":\n\n")
            told = time.monotonic()
            continue
        if event is END or not (event.is_for_all or await _is_still_signed_in(request)):
            return
        await response.write(_written(event))


async def _is_still_signed_in(request: web.Request) -> bool:
    """Whether the stream is still that of the person who began it; one that is anyone's stays so."""
    signed_in = visitor_of(request).signed_in
    if signed_in is None:
        return True
    secret = read_cookie(request, SESSION_COOKIE) or ""
    async with request.app[DATABASE].reading() as session:
        found = await signed_in_by_session(session, secret, now=now())
    return found is not None and found.actor.id == signed_in.actor.id


def _written(event: Event) -> bytes:
    number = f"id: {event.id}\n" if event.id is not None else ""
    return f"{number}event: {event.name}\ndata: {event.data}\n\n".encode()
