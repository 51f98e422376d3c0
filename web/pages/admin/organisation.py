"""What the organisation tells of itself: a few sentences, where it is, and how people reach it."""

from dataclasses import asdict, dataclass
from typing import Final

from aiohttp import web

from actors.actor import Organisation
from actors.audit import note_act
from actors.database import now
from actors.instances.choices import write_choice
from actors.kinds import Role
from actors.local import own_organisation
from actors.people.accounts import EmailError, check_email
from actors.sanitize import plain_text, render_markdown
from outbox.publish.people import tell_of_change
from web.house import House
from web.keys import DATABASE, SITE
from web.language import Language
from web.pages.admin.notices import told
from web.pages.asked import line_in, person_with, see_other, text_in
from web.pages.paths import local_path
from web.pages.places import is_offered, places_to_choose
from web.pages.signin.checking import is_plain
from web.pages.standing_texts import CONTACT
from web.render import language_of, render
from web.visitor import visitor_of

SUBJECT: Final = "organisation"
"""The subject of the choice: ``{"summary": "…"}``, the Markdown of what the organisation tells of itself."""
_PATH: Final = "/beheer/organisatie"
_LONGEST: Final = {"summary": 2_000, "email": 254, "phone": 40, "address": 500, "security": 254}
_PHONE: Final = frozenset("0123456789 +()-")


@dataclass(frozen=True)
class Typed:
    """What was typed in the form."""

    summary: str = ""
    place: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    security: str = ""


async def form(request: web.Request) -> web.Response:
    """Answer with what the organisation tells of itself."""
    person_with(request, Role.ADMINISTRATOR)
    house = visitor_of(request).house
    contact = house.choice(CONTACT)
    summary = str(house.choice(SUBJECT).get("summary", ""))
    if not summary and house.organisation is not None:
        summary = plain_text(house.organisation.summary)
    typed = Typed(
        summary=summary,
        place=await _place(request) or "",
        **{name: str(contact.get(name, "")) for name in ("email", "phone", "address", "security")},
    )
    return await _form(request, typed, {})


async def save(request: web.Request) -> web.Response:
    """Keep it, and tell those who follow the organisation."""
    me, language = person_with(request, Role.ADMINISTRATOR).actor, language_of(request)
    given = await request.post()
    typed = Typed(
        **{name: text_in(given, name)[:5_000] for name in ("summary", "address")},
        **{name: line_in(given, name)[:5_000] for name in ("place", "email", "phone", "security")},
    )
    errors = _faults(typed, language)
    if typed.place and not is_offered(typed.place, await _place(request)):
        errors["place"] = language.gettext("Choose a place from the list.")
    if errors:
        return await _form(request, typed, errors)
    async with request.app[DATABASE].writing() as session:
        organisation = await own_organisation(session)
        more = await session.get(Organisation, organisation.id)
        contact = {name: value for name, value in asdict(typed).items() if name not in {"summary", "place"} and value}
        await write_choice(session, CONTACT, contact, by=me.id, now=now())
        await write_choice(session, SUBJECT, {"summary": typed.summary}, by=me.id, now=now())
        summary, place = render_markdown(typed.summary), typed.place or None
        if organisation.summary != summary or (more is not None and more.identifier != place):
            organisation.summary = summary
            if more is not None:
                more.identifier = place
            await tell_of_change(session, request.app[SITE], organisation, now=now())
        note_act(
            session, me.id, "organisation-changed", now=now(), for_id=organisation.id,
            object_uri=organisation.uri, object_name=organisation.name,
        )  # fmt: skip
    return see_other(local_path(text_in(given, "terug"), _PATH) + "?bericht=organisatie")


def is_described(house: House) -> bool:
    """Whether the organisation tells who it is and how people reach it."""
    summary = house.organisation.summary if house.organisation is not None else ""
    return bool(summary) and bool(house.choice(CONTACT))


def _faults(typed: Typed, language: Language) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, longest in _LONGEST.items():
        value = str(getattr(typed, name))
        if len(value) > longest:
            errors[name] = language.gettext("This is too long: it has at most %(most)s characters.") % {
                "most": language.number(longest)
            }
        elif not is_plain(value, lines=name in {"summary", "address"}):
            errors[name] = language.gettext("This text holds characters that cannot be shown.")
    for name in ("email", "security"):
        value = str(getattr(typed, name))
        try:
            check_email(value or "nobody@example.org")
        except EmailError:
            errors[name] = language.gettext("Fill in a whole e-mail address, such as name@example.org.")
    if not set(typed.phone) <= _PHONE:
        errors["phone"] = language.gettext("Use only digits, spaces, +, - and brackets.")
    return errors


async def _place(request: web.Request) -> str | None:
    async with request.app[DATABASE].reading() as session:
        more = await session.get(Organisation, (await own_organisation(session)).id)
        return more.identifier if more is not None else None


async def _form(request: web.Request, typed: Typed, errors: dict[str, str]) -> web.Response:
    language, house = language_of(request), visitor_of(request).house
    own = await _place(request)
    places = places_to_choose(own, house.name)
    if own and own not in {identifier for identifier, _ in places}:
        places = [(own, house.name), *places]
    return render(
        request,
        "admin/organisation.html",
        status=422 if errors else 200,
        notice="" if errors else told(request, language),
        errors=errors,
        typed=typed,
        longest=_LONGEST,
        places=[("", language.gettext("everywhere, or not a municipality")), *places],
        back=local_path(request.query.get("terug"), ""),
    )
