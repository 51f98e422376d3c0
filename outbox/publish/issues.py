"""Publishing an issue, and moving it through its phases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.issues.store import enter_phase, set_themes
from actors.issues.tables import Issue
from actors.keys import KeyRing
from actors.kinds import ActorKind, Phase, Theme
from actors.local import HandleError, check_handle, create_actor, free_handle, handle_from
from actors.posts.store import Draft
from actors.sanitize import clean_line, is_storable
from actors.serialize.actor import actor_detail, write_actor
from actors.site import Site
from actors.wakeups import CHANGED
from federation.documents import iri_of
from federation.keys import PrivateKey
from federation.vocabulary import PUBLIC
from outbox.publish.contributions import publish_contribution
from outbox.publish.say import say
from outbox.recipients import follower_inboxes

LONGEST_TITLE = 150
LONGEST_QUESTION = 500
LONGEST_WHY = 3_000
LONGEST_LABEL = 200
MOST_LABELS = 50


class IssueRefused(ValueError):
    """An issue that cannot be published as it is; ``field`` names the part that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class IssueDraft:
    """An issue to be published. ``place`` is a TOOI URI; ``why`` plain text or Markdown."""

    title: str
    question: str
    why: str = ""
    themes: Collection[str] = ()
    place: str | None = None
    perspectives_needed: Sequence[str] = ()
    feedback_by: datetime | None = None
    phase: Phase = Phase.AGENDA
    language: str = "nl"
    handle: str | None = None


async def publish_issue(
    session: AsyncSession,
    site: Site,
    keys: KeyRing,
    pair: tuple[PrivateKey, PrivateKey],
    *,
    host: Actor,
    by: Actor,
    draft: IssueDraft,
    now: datetime,
) -> Actor:
    """Publish an issue: an actor of its own that people follow, hosted by an organisation of ours.

    Instances that know issues hear of it as ``Create{Group}`` by its host. Everyone else sees the
    host's opening post, the first of its conversation. ``pair`` are keys made beforehand by
    `actors.keys.make_pair`. Raises `IssueRefused`.
    """
    _check(draft)
    try:
        handle = check_handle(draft.handle) if draft.handle else await free_handle(session, handle_from(draft.title))
        actor = await create_actor(
            session, site, keys, pair, kind=ActorKind.ISSUE, handle=handle, name=clean_line(draft.title, LONGEST_TITLE),
            summary=draft.question, now=now,
        )  # fmt: skip
    except HandleError as error:
        raise IssueRefused("handle", str(error)) from None
    issue = Issue(
        actor_id=actor.id,
        host_id=host.id,
        question=clean_line(draft.question, LONGEST_QUESTION),
        why=draft.why.strip(),
        phase=draft.phase,
        place=draft.place,
        perspectives_needed=list(draft.perspectives_needed),
        feedback_by=draft.feedback_by,
        language=draft.language,
        published_at=now,
    )
    session.add(issue)
    await session.flush()
    await enter_phase(session, issue, draft.phase, by=by, at=now)
    await set_themes(session, actor.id, draft.themes)
    await _tell_of_issue(session, site, host, actor, "Create", now=now)
    await publish_contribution(session, site, host, _opening(actor, issue, draft), now=now)
    wake_after_commit(session, CHANGED)
    return actor


async def move_issue(
    session: AsyncSession, site: Site, actor: Actor, phase: Phase, *, by: Actor, now: datetime
) -> None:
    """Move a local issue to another phase and tell those who follow it or its host."""
    issue = await session.get_one(Issue, actor.id)
    if issue.phase is phase:
        return
    await enter_phase(session, issue, phase, by=by, at=now)
    actor.updated_at = now
    await session.flush()
    host = await session.get(Actor, issue.host_id) if issue.host_id else None
    if host is not None:
        await _tell_of_issue(session, site, host, actor, "Update", now=now)
    wake_after_commit(session, CHANGED)


async def _tell_of_issue(
    session: AsyncSession, site: Site, host: Actor, actor: Actor, verb: str, *, now: datetime
) -> None:
    document = write_actor(site, await actor_detail(session, actor))
    # An issue speaks of itself when it changes; that it exists is for its host to say.
    sender = host if verb == "Create" else actor
    await say(
        session,
        site,
        sender,
        verb,
        document,
        to=[PUBLIC],
        cc=[uri for uri in (host.followers, actor.followers) if uri],
        inboxes=await follower_inboxes(session, [host.id, actor.id]),
        now=now,
    )


def _opening(actor: Actor, issue: Issue, draft: IssueDraft) -> Draft:
    parts = [f"**{actor.name}**", issue.question]
    if issue.why:
        parts.append(issue.why)
    return Draft("\n\n".join(parts), space=actor, language=draft.language, themes=draft.themes)


def _check(draft: IssueDraft) -> None:
    for field, text, longest in (
        ("title", draft.title, LONGEST_TITLE),
        ("question", draft.question, LONGEST_QUESTION),
        ("why", draft.why, LONGEST_WHY),
    ):
        if field != "why" and not clean_line(text, longest):
            raise IssueRefused(field, f"the {field} is empty")
        if len(text) > longest:
            raise IssueRefused(field, f"the {field} is longer than {longest} characters")
        if not is_storable(text):
            raise IssueRefused(field, f"the {field} holds characters that cannot be stored")
    labels = draft.perspectives_needed
    if len(labels) > MOST_LABELS or any(len(label) > LONGEST_LABEL or not is_storable(label) for label in labels):
        raise IssueRefused("perspectives_needed", f"at most {MOST_LABELS} perspectives of {LONGEST_LABEL} characters")
    if draft.place is not None and iri_of(draft.place) is None:
        raise IssueRefused("place", "the place must be the identifier of a municipality")
    known = {theme.value for theme in Theme}
    if unknown := sorted(set(draft.themes) - known):
        raise IssueRefused("themes", f"unknown theme {unknown[0]!r}; known are {', '.join(sorted(known))}")
