"""The steps of a new instance: what is done follows from what is there; each can be skipped and done later."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from aiohttp import web

from actors.audit import note_act
from actors.database import now
from actors.instances.attention import Attention, count_attention
from actors.instances.choices import hold_choice, write_choice
from actors.kinds import Role
from web.house import House
from web.keys import DATABASE, REQUIRE_MFA
from web.language import N_, Language
from web.pages.admin.notices import told
from web.pages.admin.organisation import is_described
from web.pages.asked import person_with, see_other, text_in, word_in
from web.render import language_of, render
from web.theme import SUBJECT as THEME
from web.visitor import visitor_of

SUBJECT: Final = "first-run"
"""The subject of the choice: ``{"skipped": ["link"]}``."""
PATH: Final = "/beheer/begin"


class Step(StrEnum):
    """A step, in the order in which they are offered."""

    ORGANISATION = "organisation"
    THEME = "theme"
    INVITATION = "invitation"
    LINK = "link"
    ISSUE = "issue"


STEPS: Final[Mapping[Step, tuple[str, str, str, str]]] = {
    Step.ORGANISATION: (
        N_("Tell who you are"),
        N_("A few sentences about the organisation, and how people reach it."),
        N_("Describe the organisation"),
        "/beheer/organisatie",
    ),
    Step.THEME: (
        N_("Choose how it looks"),
        N_("Your name, logo and colours."),
        N_("Choose the appearance"),
        "/beheer/uiterlijk",
    ),
    Step.INVITATION: (
        N_("Invite the first people"),
        N_("Start with a colleague who administers the site with you."),
        N_("Make an invitation"),
        "/beheer/uitnodigingen",
    ),
    Step.LINK: (
        N_("Link with the ministry"),
        N_("Then your issues stand in the national overview, and theirs stand with you."),
        N_("Make a link"),
        "/beheer/koppelingen",
    ),
    Step.ISSUE: (
        N_("Publish the first issue"),
        N_("What do you want to find out together? Promise when people hear what was done."),
        N_("Publish an issue"),
        "/vraagstukken/nieuw",
    ),
}
"""Of each step what it is, why, and where it is done."""


@dataclass(slots=True)
class StepView:
    """A step in the list."""

    name: str
    title: str
    text: str
    action: str
    path: str
    is_done: bool
    is_skipped: bool


async def overview(request: web.Request) -> web.Response:
    """Answer with the steps."""
    me = person_with(request, Role.ADMINISTRATOR).actor
    language, moment = language_of(request), now()
    today = moment.astimezone(language.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    async with request.app[DATABASE].reading() as session:
        counted = await count_attention(session, me=me.id, today=today, now=moment)
    found = steps(visitor_of(request).house, counted, language)
    return render(
        request,
        "admin/beginning.html",
        errors={},
        notice=told(request, language),
        steps=found,
        next=next((step for step in found if not step.is_done and not step.is_skipped), None),
        left=sum(not step.is_done for step in found),
        has_second=request.app[REQUIRE_MFA],
    )


async def skip(request: web.Request) -> web.Response:
    """Leave a step for later, or take it up again."""
    me, form = person_with(request, Role.ADMINISTRATOR).actor, await request.post()
    step, again = word_in(Step, text_in(form, "step")), bool(form.get("again"))
    if step is None:
        raise web.HTTPBadRequest
    async with request.app[DATABASE].writing() as session:
        chosen = await hold_choice(session, SUBJECT, now=now())
        before = {str(name) for name in chosen.get("skipped", [])}
        skipped = before - {step.value} if again else before | {step.value}
        if skipped != before:
            await write_choice(session, SUBJECT, {**chosen, "skipped": sorted(skipped)}, by=me.id, now=now())
            note_act(
                session, me.id, "step-taken-up" if again else "step-skipped", now=now(), details={"step": step.value}
            )
    return see_other(PATH if again else f"{PATH}?bericht=overgeslagen")


def steps(house: House, counted: Attention, language: Language) -> list[StepView]:
    """Return the steps and how each stands."""
    done = {
        Step.ORGANISATION: is_described(house),
        Step.THEME: bool(house.choice(THEME)),
        Step.INVITATION: counted.invitations > 0 or counted.people > 1,
        Step.LINK: counted.linked > 0,
        Step.ISSUE: counted.issues > 0,
    }
    skipped = house.choice(SUBJECT).get("skipped", [])
    return [
        StepView(
            step.value, language.gettext(title), language.gettext(text), language.gettext(action), path,
            done[step], step.value in skipped,
        )
        for step, (title, text, action, path) in STEPS.items()
    ]  # fmt: skip
