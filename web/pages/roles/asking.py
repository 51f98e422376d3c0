"""What the forms to offer a role and to ask for one have in common: the issue, what was typed, what is wrong in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from actors.actor import Actor
from actors.kinds import ActorKind, IssueRole
from actors.local import local_actor
from federation.documents.role import LONGEST_EXPECTATION
from outbox.publish.roles import RoleRefused, Wanted
from web.keys import DATABASE
from web.language import N_, Language
from web.pages.asked import path_id, text_in, word_in
from web.pages.words import ISSUE_ROLES, PERSPECTIVES

LONGEST = LONGEST_EXPECTATION
_TOLD: Mapping[str, tuple[str, str]] = {
    "already": ("role", N_("They have this role already, or were asked for it. There is nothing to do now.")),
    "role": ("role", N_("Only an organisation can be a host.")),
    "subject": ("who", N_("This account cannot be asked for a role.")),
    "many": ("role", N_("Too many questions wait for an answer. Try again later.")),
    "words": ("words", N_("We cannot store this as it is. Look at it again.")),
}


@dataclass
class Typed:
    """What was typed in the form, as text."""

    who: str = ""
    role: str = ""
    perspective: str = ""
    words: str = ""
    is_perspective_shown: bool = False

    def wanted(self) -> Wanted | None:
        """Return what is asked, when a role was chosen."""
        role = word_in(IssueRole, self.role)
        if role is None:
            return None
        shown = self.is_perspective_shown and bool(self.perspective)
        return Wanted(role, self.words, self.perspective or None, shown)


def read_typed(form: Mapping[str, object]) -> Typed:
    """Return what was typed."""
    perspective = text_in(form, "perspective")
    return Typed(
        who=text_in(form, "who"),
        role=text_in(form, "role"),
        perspective=perspective if perspective in PERSPECTIVES else "",
        words=text_in(form, "words"),
        is_perspective_shown="is_perspective_shown" in form,
    )


def faults(typed: Typed, language: Language) -> dict[str, str]:
    """Return what is wrong in it, by field."""
    errors: dict[str, str] = {}
    if word_in(IssueRole, typed.role) is None:
        errors["role"] = language.gettext("Choose a role.")
    if len(typed.words) > LONGEST:
        errors["words"] = language.gettext("This is %(length)s characters; at most %(longest)s fit.") % {
            "length": language.number(len(typed.words)), "longest": language.number(LONGEST)
        }  # fmt: skip
    return errors


def refused(error: RoleRefused, language: Language, *, fields: tuple[str, ...]) -> dict[str, str]:
    """Return what is told of a question that cannot be asked, by field of the form."""
    name, told = _TOLD.get(error.field, ("role", N_("We cannot store this as it is. Look at it again.")))
    return {name if name in fields else "role": language.gettext(told)}


def role_options(language: Language) -> list[tuple[str, str]]:
    """Return the roles to choose from."""
    return [
        ("", language.gettext("Choose a role")),
        *((one.value, language.word(ISSUE_ROLES[one])) for one in IssueRole),
    ]


def perspective_options(language: Language) -> list[tuple[str, str]]:
    """Return the perspectives to choose from, none of them first."""
    return [
        ("", language.gettext("No perspective")),
        *((one, language.word(word)) for one, word in PERSPECTIVES.items()),
    ]


async def issue_of(request: web.Request) -> Actor:
    """Return the issue that the path names, ours or another instance's. Raises 404, and 410 for one that is gone."""
    async with request.app[DATABASE].reading() as session:
        if "handle" in request.match_info:
            issue = await local_actor(session, request.match_info["handle"])
        else:
            issue = await session.get(Actor, path_id(request))
    if issue is None or issue.kind is not ActorKind.ISSUE or issue.suspended_at is not None:
        raise web.HTTPNotFound
    if issue.deleted_at is not None:
        raise web.HTTPGone
    return issue
