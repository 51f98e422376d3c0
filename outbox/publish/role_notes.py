"""Telling of an offered role where no software knows one: a direct message with a link, on which people answer.

The words are Dutch, as an issue is: they are read in other software. The link is for its reader alone. What is kept
here of the message is without it, so that nobody who may read the message here can answer for them.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.instances.tables import Instance
from actors.kinds import IssueRole
from actors.people.accounts import digest
from actors.posts.store import Draft
from actors.posts.tables import Post
from actors.rendering import rendered
from actors.roles.store import LINK_LASTS
from actors.roles.tables import RoleOnIssue
from actors.site import Site
from federation.audience import Visibility
from outbox.publish.contributions import publish_contribution

_KNOWS_OFFERS: Final = "samenspraak"
_WORDS: Final[Mapping[IssueRole, str]] = {
    IssueRole.HOST: "gastheer",
    IssueRole.LEAD: "trekker",
    IssueRole.KEY_PERSON: "sleutelpersoon",
    IssueRole.EXPERT_BY_EXPERIENCE: "ervaringsdeskundige",
    IssueRole.PRACTITIONER: "professional",
    IssueRole.POLICY_OFFICER: "beleidsmedewerker",
    IssueRole.PARTICIPANT: "deelnemer",
}
_ASKED: Final = (
    "@{account} Wij vragen je voor een rol bij het vraagstuk “{issue}”: {role}.\n\n"
    "Wat we van je vragen: {expectation}\n\n"
    "Zeg je ja? Dan kan iedereen lezen dat je deze rol hebt. Zeg je nee? Dan weten alleen wij dat.\n\n"
    "Lees alles en geef antwoord: {link}\n\n"
    "Je kunt ook op dit bericht antwoorden, met alleen “ja” of “nee”."
)
_KEPT: Final = "(deze link is alleen voor wie het bericht kreeg)"
_DONE: Final[Mapping[bool, str]] = {
    True: "@{account} Dank je wel. Je bent nu {role} bij “{issue}”: {uri}",
    False: "@{account} Dank je wel voor je antwoord. We vragen je niet verder.",
}


async def knows_offers(session: AsyncSession, actor: Actor) -> bool:
    """Whether an actor's software is known to show it that a role is offered; one query for who lives elsewhere."""
    if actor.is_local:
        return True
    software = await session.scalar(select(Instance.software).where(Instance.domain == actor.domain))
    return (software or "").lower() == _KNOWS_OFFERS


async def tell_of_offer(
    session: AsyncSession, site: Site, role: RoleOnIssue, issue: Actor, host: Actor, subject: Actor, *, now: datetime
) -> None:
    """Send a direct message that tells of an offer, with a link to answer it."""
    secret = secrets.token_urlsafe(32)

    def text(link: str) -> str:
        return _ASKED.format(
            account=subject.account, issue=_plain(issue.name), role=_WORDS[role.role],
            expectation=_plain(role.expectation), link=link,
        )  # fmt: skip

    draft = Draft(text(f"{site.base_url}/rol/{secret}"), visibility=Visibility.DIRECT, also_to=[subject])
    note = await publish_contribution(session, site, host, draft, now=now)
    note.source = text(_KEPT)
    note.content = await rendered(note.source)
    role.note_id, role.link_digest, role.link_until = note.id, digest(secret), now + LINK_LASTS
    await session.flush()


async def thank(
    session: AsyncSession, site: Site, role: RoleOnIssue, issue: Actor, host: Actor, subject: Actor, answer: Post,
    *, accepted: bool, now: datetime,
) -> None:  # fmt: skip
    """Answer who said yes or no by a message, so that they know that it was understood."""
    words = _DONE[accepted].format(
        account=subject.account, role=_WORDS[role.role], issue=_plain(issue.name), uri=issue.uri
    )
    draft = Draft(words, visibility=Visibility.DIRECT, reply_to=answer, also_to=[subject])
    await publish_contribution(session, site, host, draft, now=now)


def _plain(words: str) -> str:
    # They are words of a form: they must not mention others.
    return words.replace("@", "@\u200b")
