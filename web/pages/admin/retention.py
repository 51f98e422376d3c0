"""How long things are kept: a choice from a few steps for each, with what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.instances.choices import write_choice
from actors.instances.keeping import FOREVER, STEPS, SUBJECT, Kept, chosen_days
from actors.kinds import Role
from web.keys import DATABASE
from web.language import N_, Language
from web.pages.admin.notices import told
from web.pages.asked import id_in, person_with, see_other, text_in
from web.render import language_of, render
from web.visitor import visitor_of

_KEPT: Final[Mapping[Kept, tuple[str, str]]] = {
    Kept.LOG: (
        N_("The log of the administration"),
        N_("Who did or read what, when and why. Afterwards nobody can look it up any more."),
    ),
    Kept.NOTIFICATIONS: (
        N_("Notifications that were read"),
        N_("What they are about stays. Only the notification goes away."),
    ),
    Kept.POSTS: (
        N_("What people on other servers said"),
        N_("Only where nobody here took part, follows it or was named. It still stands on its own server."),
    ),
    Kept.DELIVERIES: (
        N_("Messages to other servers that did not arrive"),
        N_("Until then you can look up what did not arrive, and try it again."),
    ),
    Kept.SESSIONS: (
        N_("Devices that are signed in"),
        N_("Whoever does not use this site for so long has to sign in again."),
    ),
    Kept.ARRIVALS: (
        N_("Messages of other servers that we refused"),
        N_("What was refused, and why. Useful when you look for the cause of a fault."),
    ),
}


@dataclass(slots=True)
class KeptView:
    """A thing that is kept for a time, and the steps to choose from."""

    name: str
    title: str
    meaning: str
    steps: list[tuple[str, str]]
    chosen: str


async def form(request: web.Request) -> web.Response:
    """Answer with how long things are kept."""
    person_with(request, Role.ADMINISTRATOR)
    return _form(request, chosen_days(visitor_of(request).house.choice(SUBJECT)), {})


async def choose(request: web.Request) -> web.Response:
    """Keep how long things are kept."""
    me, language = person_with(request, Role.ADMINISTRATOR).actor, language_of(request)
    given = await request.post()
    before = chosen_days(visitor_of(request).house.choice(SUBJECT))
    typed = {kept: id_in(text_in(given, kept)) for kept in Kept}
    days = {kept: step for kept, step in typed.items() if step is not None and step in STEPS[kept]}
    if len(days) < len(Kept):
        fault = language.gettext("Choose how long we keep this.")
        return _form(request, before | days, {kept.value: fault for kept in Kept if kept not in days})
    changed = {kept.value: str(step) for kept, step in days.items() if step != before[kept]}
    async with request.app[DATABASE].writing() as session:
        await write_choice(session, SUBJECT, {kept.value: step for kept, step in days.items()}, by=me.id, now=now())
        if changed:
            note_act(session, me.id, "retention-changed", now=now(), details=changed)
    return see_other("/beheer/bewaren?bericht=bewaren")


def _form(request: web.Request, days: Mapping[Kept, int], errors: dict[str, str]) -> web.Response:
    language = language_of(request)
    return render(
        request,
        "admin/retention.html",
        status=422 if errors else 200,
        notice="" if errors else told(request, language),
        errors=errors,
        kept=[
            KeptView(
                kept.value,
                language.gettext(title),
                language.gettext(meaning),
                [(str(step), _step(language, step)) for step in STEPS[kept]],
                str(days[kept]),
            )
            for kept, (title, meaning) in _KEPT.items()
        ],
    )


def _step(language: Language, days: int) -> str:
    if days == FOREVER:
        return language.gettext("always")
    if days % 365 == 0:
        years = days // 365
        return language.ngettext("1 year", "%(number)s years", years) % {"number": language.number(years)}
    return language.ngettext("1 day", "%(number)s days", days) % {"number": language.number(days)}
