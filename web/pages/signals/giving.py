"""Giving a signal: what you noticed, where, and to which organisation. It says who reads it before it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.instances.queries import linked_names
from actors.local import own_organisation
from actors.posts.store import PostRefused
from actors.signals.queries import linked_organisations
from outbox.publish.signals import LONGEST_SIGNAL, LONGEST_WHERE, SignalDraft, give_signal
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.asked import id_in, line_in, person_of, see_other, text_in
from web.pages.cards import cards_for
from web.pages.paths import with_notice
from web.pages.signals.words import GIVE, MINE
from web.pages.words import LANGUAGE_NAMES, THEMES
from web.render import language_of, render


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, as text."""

    text: str = ""
    where: str = ""
    theme: str = ""
    to: str = ""
    language: str = "nl"


async def form(request: web.Request) -> web.Response:
    """Answer with the form to give a signal."""
    person_of(request)
    async with request.app[DATABASE].reading() as session:
        to = request.query.get("aan", "")
        return await _form(request, session, Typed(to=to, language=language_of(request).code), {})


async def give(request: web.Request) -> web.Response:
    """Send a signal, or answer with the form and what is wrong in it."""
    me, language = person_of(request).actor, language_of(request)
    given = await request.post()
    choices = {name: line_in(given, name) for name in ("where", "theme", "to", "language")}
    typed = Typed(text_in(given, "text"), **choices)
    async with request.app[DATABASE].reading() as session:
        chosen = next((one for one in await _organisations(session) if one.id == id_in(typed.to)), None)
        errors = _faults(typed, language)
        if chosen is None:
            errors["to"] = language.gettext("Choose an organisation from the list.")
        if errors or chosen is None:
            return await _form(request, session, typed, errors)
    spoken = typed.language if typed.language in LANGUAGE_NAMES else language.code
    draft = SignalDraft(typed.text, typed.where, typed.theme if typed.theme in THEMES else None, spoken)
    try:
        async with request.app[DATABASE].writing() as session:
            author, to = await session.get_one(Actor, me.id), await session.get_one(Actor, chosen.id)
            await give_signal(session, request.app[SITE], author, to, draft, now=now())
    except PostRefused as refused:
        field = refused.field if refused.field == "text" else "to"
        told = {
            "text": language.gettext("We cannot store this text. Is it complete?"),
            "to": language.gettext("You cannot give this organisation a signal."),
        }
        async with request.app[DATABASE].reading() as session:
            return await _form(request, session, typed, {field: told[field]})
    return see_other(with_notice(MINE, "signaal"))


def _faults(typed: Typed, language: Language) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not typed.text:
        errors["text"] = language.gettext("Write down what you noticed.")
    for name, longest in (("text", LONGEST_SIGNAL), ("where", LONGEST_WHERE)):
        length = len(getattr(typed, name))
        if length > longest:
            errors[name] = language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
                "length": language.number(length), "longest": language.number(longest)
            }  # fmt: skip
    return errors


async def _organisations(session: AsyncSession) -> Sequence[Actor]:
    """Return to whom a signal can go: our organisation first, then those of linked instances."""
    return [await own_organisation(session), *await linked_organisations(session)]


async def _form(request: web.Request, session: AsyncSession, typed: Typed, errors: dict[str, str]) -> web.Response:
    language = language_of(request)
    cards = cards_for(request, await linked_names(session))
    organisations = await _organisations(session)
    ours = organisations[0]
    return render(
        request,
        "signals/give.html",
        status=422 if errors else 200,
        errors=errors,
        typed=typed,
        action=GIVE,
        ours=cards.who(ours),
        organisations=[
            (str(one.id), one.name if one.is_local else f"{one.name} ({one.domain})") for one in organisations
        ],
        chosen=typed.to if id_in(typed.to) in {one.id for one in organisations} else str(ours.id),
        themes=[(theme, language.word(word)) for theme, word in THEMES.items()],
        spoken=[(code, language.gettext(name)) for code, name in LANGUAGE_NAMES.items()],
        longest=LONGEST_SIGNAL,
        longest_where=LONGEST_WHERE,
    )
