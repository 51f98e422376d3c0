"""People with an account, for administrators: a list to search in, and a page for each."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.kinds import Role
from actors.people.directory import MEMBER, PeopleFilter, find_person, list_people
from actors.people.factors import Factors, read_factors
from actors.people.kinds import AccountState
from actors.people.sessions import list_sessions
from actors.people.tables import Account
from actors.trail import TrailFilter, read_trail
from web.keys import DATABASE
from web.language import P_, Language
from web.pages.admin.acts import entry_view
from web.pages.admin.notices import told
from web.pages.admin.words import ACCOUNT_STATES, ROLE_MEANINGS, STATE_TONES
from web.pages.asked import id_in, next_page, path_id, person_with, text_in, word_in
from web.pages.cards import Cards, cards_for
from web.pages.views import When
from web.pages.words import ROLES
from web.render import language_of, render

_A_PAGE = 50
_ENTRIES = 30
_LONGEST_SEARCH = 254
_TYPED = ("reason", "decline_reason", "close_reason", "sessions_reason", "factors_reason")
_MEMBER = P_("role", "member without a role")


@dataclass(slots=True)
class PersonRow:
    """A person in the list."""

    path: str
    name: str
    account: str
    roles: list[str]
    state: str
    tone: str
    came: When
    seen: When | None


async def people(request: web.Request) -> web.Response:
    """Answer with the people who have an account; looking for an address is noted when it finds somebody."""
    me = person_with(request, Role.ADMINISTRATOR)
    query, language = request.query, language_of(request)
    wanted = PeopleFilter(
        search=query.get("zoek", "").strip()[:_LONGEST_SEARCH],
        role=query.get("rol", "") if query.get("rol") in {*Role, MEMBER} else "",
        state=word_in(AccountState, query.get("stand")),
    )
    before = id_in(query.get("before"))
    async with request.app[DATABASE].reading() as session:
        found = await list_people(session, wanted, before=before, limit=_A_PAGE + 1)
    if wanted.by_email and found:
        async with request.app[DATABASE].writing() as session:
            for _, actor in found:
                _note_email_read(session, me.actor.id, actor)
    shown, cards = found[:_A_PAGE], cards_for(request)
    return render(
        request,
        "admin/people.html",
        notice=told(request, language),
        errors={},
        people=[_row(account, actor, cards, language) for account, actor in shown],
        wanted=wanted,
        roles=[(role.value, language.word(word)) for role, word in ROLES.items()] + [(MEMBER, language.word(_MEMBER))],
        states=[(state.value, language.word(word)) for state, word in ACCOUNT_STATES.items()],
        is_filtered=bool(wanted.search or wanted.role or wanted.state),
        older=next_page(request, "before", shown[-1][0].actor_id if len(found) > _A_PAGE else None),
        is_first=before is None,
    )


async def person(request: web.Request) -> web.Response:
    """Answer with one person: their roles, their account, and what was decided about them."""
    person_with(request, Role.ADMINISTRATOR)
    return await person_page(request, path_id(request))


async def show_email(request: web.Request) -> web.Response:
    """Answer with one person and their e-mail address; that it was read is noted."""
    me = person_with(request, Role.ADMINISTRATOR)
    actor_id = path_id(request)
    async with request.app[DATABASE].writing() as session:
        found = await find_person(session, actor_id)
        if found is None:
            raise web.HTTPNotFound
        _note_email_read(session, me.actor.id, found[1])
    return await person_page(request, actor_id, with_email=True)


async def person_page(
    request: web.Request, actor_id: int, errors: dict[str, str] | None = None, *, with_email: bool = False
) -> web.Response:
    """Return the page of a person, with what is wrong in what was sent. Raises 404."""
    me, language = person_with(request, Role.ADMINISTRATOR), language_of(request)
    given: Mapping[str, object] = await request.post() if errors else {}
    async with request.app[DATABASE].reading() as session:
        found = await find_person(session, actor_id)
        if found is None:
            raise web.HTTPNotFound
        account, actor = found
        factors = await read_factors(session, actor_id)
        sessions = await list_sessions(session, actor_id, now=now())
        trail = await read_trail(session, TrailFilter(person=actor), limit=_ENTRIES)
    cards = cards_for(request)
    return render(
        request,
        "admin/person.html",
        status=422 if errors else 200,
        notice="" if errors else told(request, language),
        errors=errors or {},
        typed={name: text_in(given, name) for name in _TYPED},
        person=_row(account, actor, cards, language),
        public_path=cards.who(actor).path if account.state is not AccountState.WAITING else "",
        is_me=actor.id == me.actor.id,
        state=account.state.value,
        reason=account.reason,
        email=account.email if with_email else "",
        email_confirmed=account.email_confirmed_at is not None,
        has_roles=[role.value for role in account.roles],
        roles=[
            (role.value, language.word(ROLES[role]), language.gettext(meaning))
            for role, meaning in ROLE_MEANINGS.items()
        ],
        sessions=len(sessions),
        factors=_factors_told(factors, language),
        has_factors=factors.second,
        entries=[entry_view(noted, cards, language) for noted in trail],
    )


def _row(account: Account, actor: Actor, cards: Cards, language: Language) -> PersonRow:
    return PersonRow(
        path=f"/beheer/mensen/{actor.id}",
        name=actor.name or actor.handle,
        account=f"@{actor.handle}",
        roles=[language.word(word) for role, word in ROLES.items() if role in account.roles],
        state=language.word(ACCOUNT_STATES[account.state]),
        tone=STATE_TONES[account.state],
        came=cards.moment(account.created_at),
        seen=cards.moment(account.last_seen_at) if account.last_seen_at is not None else None,
    )


def _factors_told(factors: Factors, language: Language) -> list[str]:
    found = [language.gettext("an authenticator app")] if factors.totp_since is not None else []
    if factors.passkeys:
        count = len(factors.passkeys)
        found.append(language.ngettext("1 passkey", "%(number)s passkeys", count) % {"number": language.number(count)})
    return found


def _note_email_read(session: AsyncSession, by: int, actor: Actor) -> None:
    note_act(session, by, "email-read", now=now(), object_uri=actor.uri, object_name=actor.account)
