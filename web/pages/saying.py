"""The form to take part: what is typed in it, who will read it, and which servers get a copy."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.instances.queries import Copies, copies_for
from actors.issues.tables import Issue
from actors.posts.queries import visible_post
from actors.posts.store import LONGEST_CONTRIBUTION
from actors.posts.tables import Post
from actors.visibility import is_open
from federation.audience import Visibility
from outbox.publish.contributions import MOST_PICTURES
from web.pages.acting import OWN, name_choices, own_names
from web.pages.cards import Cards
from web.pages.paths import actor_path
from web.pages.pictures import PictureFields, empty_fields
from web.pages.prose import excerpt
from web.pages.views import Who
from web.pages.words import LANGUAGE_NAMES, PERSPECTIVES, READERS, perspective_word
from web.render import language_of
from web.visitor import visitor_of

PICTURE_NAMES: Final = [str(number + 1) for number in range(MOST_PICTURES)]


@dataclass(frozen=True)
class Saying:
    """What somebody types: kept when it is refused, so that nothing has to be typed twice."""

    text: str = ""
    language: str = "nl"
    answers: int | None = None
    """The post that it answers."""
    error: str = ""
    pictures: PictureFields | None = None
    name_of: str = OWN
    """Under whose name: their own, or the organisation's."""
    preview: Markup | None = None
    """What the text becomes, when that is what was asked for."""
    perspective: str = ""
    """From which perspective they choose to speak."""


@dataclass(frozen=True)
class SayingForm:
    """What the template of the form prints."""

    action: str
    text: str
    language: str
    languages: Sequence[tuple[str, str]]
    error: str
    as_name: str
    readers: str
    copies: str
    answers: int | None = None
    answered: Who | None = None
    quoted: str = ""
    longest: int = LONGEST_CONTRIBUTION
    names: Sequence[tuple[str, str, str]] = ()
    """Under whose name somebody may say it; empty for who speaks for themselves alone."""
    name_of: str = OWN
    pictures: PictureFields = field(default_factory=lambda: empty_fields(PICTURE_NAMES))
    preview: Markup | None = None
    perspectives: Sequence[tuple[str, str]] = ()
    """From which perspectives somebody may say that they speak, with their words; empty where nobody asks."""
    perspective: str = ""


async def saying_form(
    request: web.Request,
    session: AsyncSession,
    space: Actor | None,
    cards: Cards,
    linked: dict[str, str],
    *,
    saying: Saying | None = None,
    answered: Post | None = None,
) -> SayingForm | None:
    """Return the form to say something in ``space``, or to answer a post; None for who is not signed in.

    At most four queries.
    """
    visitor, language = visitor_of(request), language_of(request)
    if visitor.signed_in is None:
        return None
    me = visitor.signed_in.actor
    saying = saying or Saying(language=language.code)
    if answered is None and saying.answers is not None:
        answered = await visible_post(session, visitor.viewer, saying.answers)
    author = await session.get(Actor, answered.author_id) if answered is not None else None
    visibility = answered.visibility if answered is not None else Visibility.PUBLIC
    copies = await _copies(session, own_names(request), space, author, visibility, linked)
    if space is not None:
        action = f"{actor_path(space)}/inbreng"
    else:
        action = f"/inbreng/{answered.id}/antwoord" if answered is not None else ""
    return SayingForm(
        action=action,
        text=saying.text,
        language=saying.language,
        languages=[(code, language.gettext(name)) for code, name in LANGUAGE_NAMES.items()],
        error=saying.error,
        as_name=me.name or me.handle,
        readers=language.gettext(READERS[visibility]),
        copies=cards.tell_copies(copies, _why(request, space, visibility)),
        answers=answered.id if answered is not None else None,
        answered=cards.who(author) if author is not None else None,
        quoted=excerpt(answered.content, 140) if answered is not None else "",
        names=name_choices(request, language),
        name_of=saying.name_of,
        pictures=saying.pictures or empty_fields(PICTURE_NAMES),
        preview=saying.preview,
        perspectives=[
            (one, perspective_word(language, one)) for one in await perspectives_to_choose(session, space, answered)
        ],
        perspective=saying.perspective,
    )


async def perspectives_to_choose(session: AsyncSession, space: Actor | None, answered: Post | None) -> list[str]:
    """Return from which perspectives somebody may speak: those that the issue asks for first; none outside issues.

    At most one query.
    """
    space_id = answered.space_id if answered is not None else space.id if space is not None else None
    issue = await session.get(Issue, space_id) if space_id is not None else None
    return list(dict.fromkeys([*issue.perspectives_needed[:20], *PERSPECTIVES])) if issue is not None else []


async def _copies(
    session: AsyncSession,
    names: Sequence[Actor],
    space: Actor | None,
    answered: Actor | None,
    visibility: Visibility,
    linked: dict[str, str],
) -> Copies:
    followed: list[int] = []
    if visibility is not Visibility.DIRECT and visibility is not Visibility.MEMBERS:
        followed += [actor.id for actor in names]
    if space is not None and space.is_local and is_open(visibility):
        followed.append(space.id)
    elsewhere = {actor.domain for actor in (space, answered) if actor is not None and not actor.is_local}
    return await copies_for(session, followed, also=elsewhere, linked=linked)


def _why(request: web.Request, space: Actor | None, visibility: Visibility) -> str:
    language = language_of(request)
    if not is_open(visibility):
        return ""
    if space is None:
        return language.gettext("Those are the servers of people who follow you, or whom you name.")
    if space.is_local:
        return language.gettext(
            "Those are the servers of people who follow this issue, who follow you, or whom you name."
        )
    return language.gettext("The server %(domain)s passes it on to everyone who follows this issue.") % {
        "domain": space.domain
    }
