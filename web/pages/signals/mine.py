"""The signals that somebody gave, with what was answered; they can add to one."""

from typing import Final

from aiohttp import web

from actors.actor import Actor
from actors.database import now
from actors.instances.queries import linked_names
from actors.posts.store import PostRefused
from actors.signals.queries import issues_named, said_in, signals_of
from actors.signals.tables import Signal
from outbox.publish.signals import LONGEST_SIGNAL, reply_in_signal
from web.keys import DATABASE, SITE
from web.pages.asked import browser_of, id_in, next_page, path_id, see_other, text_in
from web.pages.cards import cards_for
from web.pages.paths import with_notice
from web.pages.signals.words import MINE, signal_view, told
from web.render import language_of, render
from web.visitor import visitor_of

_A_PAGE: Final = 10


async def overview(request: web.Request) -> web.Response:
    """Answer with the signals that the visitor gave; as many queries however many there are."""
    browser_of(request)
    return await _page(request)


async def add(request: web.Request) -> web.Response:
    """Add something to a signal, or answer with the page and what is wrong."""
    me, language, signal_id = browser_of(request)[0].actor, language_of(request), path_id(request)
    text = text_in(await request.post(), f"text-{signal_id}")
    if not text or len(text) > LONGEST_SIGNAL:
        fault = language.gettext("Write something first.") if not text else language.gettext("This text is too long.")
        return await _page(request, typed=(signal_id, text), errors={f"text-{signal_id}": fault})
    try:
        async with request.app[DATABASE].writing() as session:
            signal = await session.get(Signal, signal_id)
            if signal is None or signal.from_id != me.id:
                raise web.HTTPNotFound
            author = await session.get_one(Actor, me.id)
            await reply_in_signal(
                session, request.app[SITE], author, signal, text, language=language.code, now=now()
            )  # fmt: skip
    except PostRefused:
        fault = language.gettext("We cannot store this text. Is it complete?")
        return await _page(request, typed=(signal_id, text), errors={f"text-{signal_id}": fault})
    return see_other(with_notice(MINE, "aangevuld", f"signaal-{signal_id}"))


async def _page(
    request: web.Request, *, typed: tuple[int, str] | None = None, errors: dict[str, str] | None = None
) -> web.Response:
    viewer, language = visitor_of(request).viewer, language_of(request)
    before = id_in(request.query.get("voor"))
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        found = await signals_of(session, viewer, before=before, limit=_A_PAGE + 1)
        shown = found[:_A_PAGE]
        said = await said_in(session, viewer, [row.signal.id for row in shown])
        issues = await issues_named(session, shown)
    cards = cards_for(request, linked)
    return render(
        request,
        "signals/mine.html",
        status=422 if errors else 200,
        errors=errors or {},
        notice=told(request, language),
        signals=[
            (
                signal_view(row, cards, language, issues, f"{MINE}#signaal-{row.signal.id}"),
                [cards.voice(detail) for detail in said[row.signal.id]],
                typed[1] if typed is not None and typed[0] == row.signal.id else "",
            )
            for row in shown
        ],
        older=next_page(request, "voor", shown[-1].signal.id if len(found) > _A_PAGE else None),
        is_first=before is None,
        first_path=MINE,
        longest=LONGEST_SIGNAL,
    )
