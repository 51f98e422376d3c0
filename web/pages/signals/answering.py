"""One signal, for those who speak for the organisation: what was said, an answer, the agenda, or its end.

Reading one is noted in the log, as everything that is done with it.
"""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.instances.queries import linked_names
from actors.people.acting import note_posted
from actors.posts.store import PostRefused
from actors.signals.queries import SignalRow, issues_named, said_in, signal_row
from actors.signals.store import assign_signal
from actors.signals.tables import Signal, SignalState
from outbox.publish.signals import LONGEST_SIGNAL, answer_signal
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.acting import tell_who_placed
from web.pages.asked import path_id, see_other, text_in
from web.pages.cards import cards_for
from web.pages.paths import with_notice
from web.pages.signals.words import QUEUE, organisation_of, signal_view, told
from web.render import language_of, render

_STEPS = {"antwoord": SignalState.ANSWERED, "sluiten": SignalState.CLOSED}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and for which of the two forms."""

    answer: str = ""
    reason: str = ""


async def show(request: web.Request) -> web.Response:
    """Answer with a signal; that it was read is noted."""
    return await _page(request, Typed(), {})


async def act(request: web.Request) -> web.Response:
    """Take the signal up, let go of it, answer it or close it."""
    organisation, viewer = organisation_of(request)
    language, given, signal_id = language_of(request), await request.post(), path_id(request)
    step = text_in(given, "stap")
    if step in {"oppakken", "loslaten"}:
        async with request.app[DATABASE].writing() as session:
            row = await _row(request, session)
            me = await session.get_one(Actor, viewer.actor_id)
            assign_signal(row.signal, me if step == "oppakken" else None)
            note_act(
                session, me.id, "signal-taken" if step == "oppakken" else "signal-released", now=now(),
                for_id=organisation.id, details={"signal": str(signal_id)},
            )  # fmt: skip
        return see_other(with_notice(f"{QUEUE}/{signal_id}", "opgepakt" if step == "oppakken" else "losgelaten"))
    if step not in _STEPS:
        raise web.HTTPBadRequest
    is_answer = step == "antwoord"
    typed = Typed(text_in(given, "answer"), text_in(given, "reason"))
    text, field = (typed.answer, "answer") if is_answer else (typed.reason, "reason")
    if fault := _fault(text, language, is_answer=is_answer):
        return await _page(request, typed, {field: fault}, status=422)
    try:
        async with request.app[DATABASE].writing() as session:
            row = await _row(request, session)
            signal = await session.get_one(Signal, row.signal.id, with_for_update=True)
            post = await answer_signal(
                session, request.app[SITE], signal, text, state=_STEPS[step], language=language.code, now=now()
            )
            note_posted(
                session, viewer.actor_id or 0, organisation, "signal-answered" if is_answer else "signal-closed",
                post_id=post.id, uri=post.uri, now=now(),
            )  # fmt: skip
    except PostRefused:
        cannot = language.gettext("We cannot store this text. Is it complete?")
        return await _page(request, typed, {field: cannot}, status=422)
    if is_answer:
        return see_other(with_notice(f"{QUEUE}/{signal_id}", "beantwoord"))
    return see_other(with_notice(QUEUE, "gesloten"))


def _fault(text: str, language: Language, *, is_answer: bool) -> str:
    if not text:
        return language.gettext("Write an answer first.") if is_answer else language.gettext("Give a reason.")
    if len(text) > LONGEST_SIGNAL:
        return language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
            "length": language.number(len(text)), "longest": language.number(LONGEST_SIGNAL)
        }  # fmt: skip
    return ""


async def _row(request: web.Request, session: AsyncSession) -> SignalRow:
    organisation, viewer = organisation_of(request)
    row = await signal_row(session, viewer, path_id(request), organisation_id=organisation.id)
    if row is None:
        raise web.HTTPNotFound
    return row


async def _page(request: web.Request, typed: Typed, errors: dict[str, str], *, status: int = 200) -> web.Response:
    organisation, viewer = organisation_of(request)
    language = language_of(request)
    async with request.app[DATABASE].writing() as session:
        row = await _row(request, session)
        note_act(
            session, viewer.actor_id, "signal-read", now=now(), for_id=organisation.id,
            details={"signal": str(row.signal.id)},
        )  # fmt: skip
    async with request.app[DATABASE].reading() as session:
        linked = await linked_names(session)
        row = await _row(request, session)
        said = (await said_in(session, viewer, [row.signal.id]))[row.signal.id]
        issues = await issues_named(session, [row])
        cards = cards_for(request, linked)
        voices = [cards.voice(detail) for detail in said]
        await tell_who_placed(request, session, voices)
    signal = row.signal
    return render(
        request,
        "signals/signal.html",
        status=status,
        errors=errors,
        notice=told(request, language),
        typed=typed,
        path=f"{QUEUE}/{signal.id}",
        signal=signal_view(row, cards, language, issues, f"{QUEUE}/{signal.id}"),
        account="" if row.sender.is_local else f"@{row.sender.account}",
        voices=voices,
        is_mine=signal.assigned_id == viewer.actor_id,
        may_go_on_agenda=signal.issue_uri is None,
        is_closed=signal.state is SignalState.CLOSED,
        to_agenda=f"/vraagstukken/nieuw?signaal={signal.id}",
        readers=language.gettext("Only %(name)s and those who speak for %(organisation)s read this.")
        % {"name": cards.who(row.sender).name, "organisation": cards.who(organisation).name},
        copies=language.gettext("A copy goes to %(servers)s.") % {"servers": row.sender.domain}
        if not row.sender.is_local
        else language.gettext("No other server gets a copy."),
        longest=LONGEST_SIGNAL,
    )
