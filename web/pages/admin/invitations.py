"""Invitations and registration: how people come to have an account here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.instances.choices import write_choice
from actors.kinds import Role
from actors.people.accounts import EmailError, check_email
from actors.people.directory import ended_invitations
from actors.people.invitations import (
    LONGEST_MESSAGE,
    MOST_USES,
    Invited,
    create_invitation,
    list_invitations,
    revoke_invitation,
)
from web.keys import CAN_MAIL, DATABASE
from web.language import N_, Language
from web.pages.admin.notices import told
from web.pages.admin.words import ROLE_MEANINGS
from web.pages.asked import id_in, next_page, path_id, person_with, see_other, text_in, word_in
from web.pages.cards import Cards, cards_for
from web.pages.signin.checking import is_plain
from web.pages.signin.letters import invitation_url, mail_invitation
from web.pages.signin.showing import show
from web.pages.views import When
from web.pages.words import ROLES
from web.registration import SUBJECT, RegistrationMode, registration_mode
from web.render import language_of
from web.visitor import visitor_of

PATH: Final = "/beheer/uitnodigingen"
_DAYS: Final = (1, 3, 14, 30, 90)
_A_PAGE: Final = 50
_ENDED: Final = 20
_MODES: Final[Mapping[RegistrationMode, tuple[str, str]]] = {
    RegistrationMode.CLOSED: (N_("Only with an invitation"), N_("Nobody can register by themselves.")),
    RegistrationMode.APPROVAL: (
        N_("Everybody may ask"),
        N_("People tell why they want to take part. They take part once an administrator says yes."),
    ),
    RegistrationMode.OPEN: (
        N_("Everybody may come in"),
        N_("Whoever confirms an e-mail address takes part at once. Have enough moderators: anyone can come in."),
    ),
}


@dataclass(frozen=True)
class Typed:
    """What was typed in the form of an invitation."""

    email: str = ""
    uses: str = "1"
    days: str = "14"
    message: str = ""
    roles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class InvitationView:
    """An invitation in a list; of its link nothing is known any more."""

    id: int
    email: str
    roles: list[str]
    inviter: str
    uses: int
    most_uses: int
    until: When
    state: str


async def overview(request: web.Request) -> web.Response:
    """Answer with the invitations, the form to make one, and who may register."""
    person_with(request, Role.ADMINISTRATOR)
    return await _page(request, Typed(), {})


async def invite(request: web.Request) -> web.Response:
    """Make an invitation; its link is shown once, and sent when it is for one address."""
    me, language, moment = person_with(request, Role.ADMINISTRATOR).actor, language_of(request), now()
    form = await request.post()
    ticked = form.getall("roles", [])
    typed = Typed(
        **{name: text_in(form, name)[:5_000] for name in ("email", "uses", "days", "message")},
        roles=[role.value for role in Role if role.value in ticked],
    )
    errors = _faults(typed, language)
    if errors:
        return await _page(request, typed, errors)
    async with request.app[DATABASE].writing() as session:
        invitation, secret = await create_invitation(
            session,
            email=typed.email or None,
            roles=frozenset(map(Role, typed.roles)),
            by=me.id,
            now=moment,
            uses=int(typed.uses),
            message=typed.message,
            lifetime=timedelta(days=int(typed.days)),
        )
        await mail_invitation(request, session, invitation, secret, me, now=moment)
    return await _page(request, Typed(), {}, made=invitation_url(request, secret), sent_to=typed.email)


async def revoke(request: web.Request) -> web.Response:
    """End an invitation."""
    me = person_with(request, Role.ADMINISTRATOR).actor
    async with request.app[DATABASE].writing() as session:
        await revoke_invitation(session, path_id(request), by=me.id, now=now())
    return see_other(f"{PATH}?bericht=uitnodiging-ingetrokken")


async def choose_mode(request: web.Request) -> web.Response:
    """Choose who may register."""
    me, form = person_with(request, Role.ADMINISTRATOR).actor, await request.post()
    mode = word_in(RegistrationMode, text_in(form, "mode"))
    if mode is None:
        return await _page(request, Typed(), {"mode": language_of(request).gettext("Choose who may register.")})
    async with request.app[DATABASE].writing() as session:
        unconfirmed = bool(form.get("unconfirmed"))
        chosen = {"mode": mode.value, "unconfirmed": unconfirmed}
        await write_choice(session, SUBJECT, chosen, by=me.id, now=now())
        noted = {"mode": mode.value, "unconfirmed": "yes" if unconfirmed else "no"}
        note_act(session, me.id, "registration-changed", now=now(), details=noted)
    return see_other(f"{PATH}?bericht=aanmelden")


def _faults(typed: Typed, language: Language) -> dict[str, str]:
    errors: dict[str, str] = {}
    if typed.email:
        try:
            check_email(typed.email)
        except EmailError:
            errors["email"] = language.gettext("Fill in a whole e-mail address, such as name@example.org.")
    uses = id_in(typed.uses)
    if uses is None or not 1 <= uses <= MOST_USES:
        errors["uses"] = language.gettext("Fill in a number from 1 to %(most)s.") % {"most": MOST_USES}
    if id_in(typed.days) not in _DAYS:
        errors["days"] = language.gettext("Choose how long the link works.")
    if len(typed.message) > LONGEST_MESSAGE:
        errors["message"] = language.gettext("A message has at most 1,000 characters.")
    elif not is_plain(typed.message, lines=True):
        errors["message"] = language.gettext("This text holds characters that cannot be shown.")
    if not errors and Role.ADMINISTRATOR.value in typed.roles and uses != 1:
        errors["uses"] = language.gettext("An invitation to administer is for one person.")
    return errors


async def _page(
    request: web.Request, typed: Typed, errors: dict[str, str], *, made: str = "", sent_to: str = ""
) -> web.Response:
    language, moment = language_of(request), now()
    before = id_in(request.query.get("before"))
    async with request.app[DATABASE].reading() as session:
        found = await list_invitations(session, now=moment, before=before, limit=_A_PAGE + 1)
        ended = await ended_invitations(session, now=moment, limit=_ENDED) if before is None else []
    shown, cards = found[:_A_PAGE], cards_for(request)
    chosen = visitor_of(request).house.choice(SUBJECT)
    return show(
        request,
        "admin/invitations.html",
        status=422 if errors else 200,
        notice="" if errors or made else told(request, language),
        errors=errors,
        typed=typed,
        made=made,
        sent_to=sent_to if request.app[CAN_MAIL] else "",
        can_mail=request.app[CAN_MAIL],
        days=[(str(days), _days(language, days)) for days in _DAYS],
        roles=[
            (role.value, f"{language.word(ROLES[role])}: {language.gettext(meaning)}")
            for role, meaning in ROLE_MEANINGS.items()
        ],
        most_uses=MOST_USES,
        invitations=[_view(invited, cards, language) for invited in shown],
        ended=[_view(invited, cards, language) for invited in ended],
        older=next_page(request, "before", shown[-1].invitation.id if len(found) > _A_PAGE else None),
        is_first=before is None,
        mode=word_in(RegistrationMode, str(chosen.get("mode", ""))) or RegistrationMode.CLOSED,
        in_force=registration_mode(request),
        modes=[
            (mode.value, language.gettext(word), language.gettext(meaning)) for mode, (word, meaning) in _MODES.items()
        ],
        unconfirmed=bool(chosen.get("unconfirmed")),
    )


def _view(invited: Invited, cards: Cards, language: Language) -> InvitationView:
    invitation, inviter = invited.invitation, invited.inviter
    return InvitationView(
        id=invitation.id,
        email=invitation.email or "",
        roles=[language.word(word) for role, word in ROLES.items() if role in invitation.roles],
        inviter=inviter.name or inviter.handle if inviter is not None else language.gettext("the site itself"),
        uses=invitation.uses,
        most_uses=invitation.most_uses,
        until=cards.moment(invitation.expires_at),
        state=_state(invited, language),
    )


def _state(invited: Invited, language: Language) -> str:
    invitation = invited.invitation
    if invitation.revoked_at is not None or not invited.is_backed:
        return language.gettext("revoked")
    if invitation.uses >= invitation.most_uses:
        return language.gettext("used")
    return language.gettext("works") if invitation.expires_at > now() else language.gettext("too old")


def _days(language: Language, days: int) -> str:
    return language.ngettext("1 day", "%(number)s days", days) % {"number": language.number(days)}
