"""Publishing an issue, and changing what it says; `outbox.publish.life` moves it through its phases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import wake_after_commit
from actors.issues.life import note_promise
from actors.issues.queries import opening_of
from actors.issues.store import enter_phase, set_themes, themes_of
from actors.issues.tables import Issue
from actors.keys import KeyRing
from actors.kinds import ActorKind, Phase, Theme
from actors.local import HandleError, check_handle, create_actor, free_handle, handle_from
from actors.posts.store import Draft
from actors.sanitize import clean_line, is_storable, render_markdown
from actors.serialize.actor import actor_detail, write_actor
from actors.site import Site
from actors.versions import check_basis, version_of
from actors.wakeups import CHANGED
from federation.documents import iri_of
from federation.keys import PrivateKey
from federation.vocabulary import PUBLIC
from outbox.publish.contributions import edit_contribution, publish_contribution
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
        language=draft.language,
        published_at=now,
    )
    session.add(issue)
    await session.flush()
    if draft.feedback_by is not None:
        note_promise(session, issue, draft.feedback_by, by=by, at=now)
    await enter_phase(session, issue, draft.phase, by=by, at=now)
    await set_themes(session, actor.id, draft.themes)
    await tell_of_issue(session, site, host, actor, "Create", now=now)
    opening = Draft(_opening_text(actor, issue), space=actor, language=draft.language, themes=draft.themes)
    await publish_contribution(session, site, host, opening, now=now)
    wake_after_commit(session, CHANGED)
    return actor


@dataclass(frozen=True)
class IssueChange:
    """What an issue is to say. ``feedback_by`` counts only while no date was promised: moving one takes a reason."""

    question: str
    why: str
    themes: Collection[str]
    place: str | None
    perspectives_needed: Sequence[str]
    feedback_by: datetime | None = None


def version_of_issue(issue: Issue, themes: Collection[str]) -> str:
    """Return on which version a change of an issue is based."""
    return _version(
        IssueChange(issue.question, issue.why, themes, issue.place, issue.perspectives_needed, issue.feedback_by)
    )


async def edit_issue(
    session: AsyncSession, site: Site, actor: Actor, change: IssueChange, *, based_on: str, now: datetime
) -> bool:
    """Change what a local issue says, and its opening post with it; False when it is as it was.

    ``based_on`` is the version that was changed. Raises `IssueRefused`, `EditedMeanwhile`.
    """
    _check(IssueDraft(actor.name, change.question, change.why, change.themes, change.place, change.perspectives_needed))
    issue = await session.get_one(Issue, actor.id, with_for_update=True, populate_existing=True)
    current = version_of_issue(issue, await themes_of(session, actor.id))
    change = replace(
        change,
        question=clean_line(change.question, LONGEST_QUESTION),
        why=change.why.strip(),
        feedback_by=issue.feedback_by or change.feedback_by,
    )
    if current == _version(change):
        return False
    check_basis(current, based_on)
    issue.question, issue.why, issue.place = change.question, change.why, change.place
    issue.perspectives_needed = list(change.perspectives_needed)
    if issue.feedback_by is None and change.feedback_by is not None:
        note_promise(session, issue, change.feedback_by, by=None, at=now)
    actor.summary = render_markdown(change.question)
    actor.updated_at = issue.edited_at = now
    await set_themes(session, actor.id, change.themes)
    await session.flush()
    host = await session.get(Actor, issue.host_id) if issue.host_id else None
    if host is not None:
        await tell_of_issue(session, site, host, actor, "Update", now=now)
        opening = await opening_of(session, issue)
        if opening is not None:
            await edit_contribution(session, site, host, opening, source=_opening_text(actor, issue), now=now)
    wake_after_commit(session, CHANGED)
    return True


def _version(change: IssueChange) -> str:
    promised = change.feedback_by.isoformat() if change.feedback_by is not None else None
    return version_of(
        change.question, change.why, sorted(change.themes), change.place, sorted(change.perspectives_needed), promised
    )


async def tell_of_issue(
    session: AsyncSession, site: Site, host: Actor, actor: Actor, verb: str, *, now: datetime
) -> None:
    """Say to who follows an issue or its host what the issue says of itself."""
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


def _opening_text(actor: Actor, issue: Issue) -> str:
    return "\n\n".join([f"**{actor.name}**", issue.question, *([issue.why] if issue.why else [])])


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
