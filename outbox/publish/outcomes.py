"""Feeding back: what was done with the contributions, each of them answered; and correcting what was said of them.

Whoever contributed hears of theirs on their own server. Where outcomes are read (here, on instances like this one, on
software that we do not know) they get the outcome itself; on microblogging software a note of their own
(`outbox.publish.outcome_notes`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.issues.hosts import is_host
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase, PostKind, Verdict
from actors.knowledge.outcome_tables import OutcomeRecord
from actors.knowledge.outcomes import (
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_STEP,
    LONGEST_WHO,
    MOST_ANSWERS,
    MOST_STEPS,
    Given,
    Step,
    answers_of,
    changed_answers,
    facts_of,
    keep_version,
    outcome_for_change,
    set_answers,
    set_steps,
)
from actors.knowledge.tables import Answer
from actors.notifications import Notification
from actors.notifying import tell
from actors.posts.detail import PostDetail, details
from actors.posts.store import Draft, PostRefused, edit_post, write_post
from actors.posts.tables import Mention, Post
from actors.sanitize import is_storable
from actors.serialize.post import write_post as write_document
from actors.site import Site
from actors.upsert import insert_or_ignore
from federation.documents import dump
from outbox.publish.contributions import announce_post, hold_own
from outbox.publish.life import move_issue
from outbox.publish.outcome_notes import Said, Told, reads_articles, send_notes, software_of, wants_note
from outbox.recipients import inboxes_of
from outbox.withdrawal import inboxes_told

TOLD: Final = "outcome"
CORRECTED: Final = "outcome-changed"
MOST_NAMED: Final = 50
"""An outcome that answers more people names none of them, but what they said: servers refuse a post for too many."""
MOST_BYTES: Final = 900_000
"""Of an outcome's document: most servers take a mebibyte."""


@dataclass(frozen=True)
class Answered:
    """What is said of one contribution."""

    contribution: Post | Said
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class CorrectedOutcome:
    """What an outcome is to say, and ``why`` it did not say so before. ``answers`` are by the contribution's URI."""

    title: str
    source: str
    language: str
    answers: Mapping[str, Given]
    steps: Sequence[Step]
    why: str


async def publish_outcome(
    session: AsyncSession,
    site: Site,
    issue: Actor,
    *,
    by: Actor,
    title: str,
    source: str,
    answers: Sequence[Answered],
    steps: Sequence[Step] = (),
    host: Actor | None = None,
    language: str = "nl",
    now: datetime,
) -> Post:
    """Publish what came of a conversation, in the name of a host of the issue: of ``host``, or who answers for it.

    An issue of ours moves to the phase of feedback given, unless it is past it. Raises `PostRefused`.
    """
    host = host or await _host_of(session, issue)
    if host is None or not host.is_local or not await is_host(session, issue.id, host.id):
        raise PostRefused("issue", "only an organisation that hosts an issue gives feedback on it")
    if any(answer.contribution.space_id != issue.id for answer in answers):
        raise PostRefused("answers", "a contribution of another conversation cannot be answered here")
    given = {answer.contribution.uri: Given(answer.verdict, answer.reason) for answer in answers}
    _check(given, steps)
    contributors = await _authors(session, [answer.contribution for answer in answers])
    software = await software_of(session, {actor.domain for actor in contributors.values() if not actor.is_local})
    post = await write_post(
        session,
        site,
        host,
        Draft(
            source,
            kind=PostKind.OUTCOME,
            title=title,
            language=language,
            space=issue,
            also_to=_named(contributors.values(), software),
        ),
        now=now,
    )
    session.add(OutcomeRecord(post_id=post.id, version=1, since=now))
    await set_answers(session, post.id, given)
    await set_steps(session, post.id, steps)
    detail = await _new_detail(session, post, host, issue, given)
    _check_size(site, detail)
    inboxes = await inboxes_of(session, contributors)
    await announce_post(session, site, detail, "Create", also=inboxes, now=now)
    await tell(session, contributors, TOLD, by=host.id, about=issue.id, post=post.id, now=now)
    said = [answer.contribution for answer in answers]
    told = _told([(_said(one), given[one.uri]) for one in said], contributors, software)
    await send_notes(session, site, detail, told, now=now)
    row = await session.get(Issue, issue.id)
    if issue.is_local and row is not None and row.phase not in {Phase.FEEDBACK, Phase.CLOSED}:
        # The feedback itself goes to timelines: that it came needs no saying apart.
        await move_issue(session, site, issue, Phase.FEEDBACK, by=by, in_timelines=False, now=now)
    return post


async def correct_outcome(
    session: AsyncSession, site: Site, host: Actor, post: Post, change: CorrectedOutcome, *, now: datetime
) -> bool:
    """Correct an outcome of ours: what it said before stays to be read, and who is told something else hears again.

    False when nothing that it says is other than it was; its steps may be. Raises `PostRefused`.
    """
    await hold_own(session, host, post)
    outcome = await outcome_for_change(session, post)
    old = await answers_of(session, post.id)
    _check(change.answers, change.steps)
    changed = changed_answers(old, change.answers)
    # A contribution of another conversation cannot come to be answered; what was answered may be withdrawn since.
    said = {one.uri: one for one in await session.scalars(select(Post).where(among(session, Post.uri, changed)))}
    if any(uri not in old and (uri not in said or said[uri].space_id != post.space_id) for uri in changed):
        raise PostRefused("answers", "a contribution of another conversation cannot be answered here")
    says_other = bool(changed) or (post.name, post.source, post.language) != (
        change.title, change.source, change.language,
    )  # fmt: skip
    if says_other:
        if not change.why.strip() or len(change.why) > LONGEST_NOTE or not is_storable(change.why):
            raise PostRefused("why", "a correction says why it is made")
        await keep_version(session, outcome, post, old)
        outcome.version, outcome.since, outcome.reason = outcome.version + 1, now, change.why.strip()
        await set_answers(session, post.id, change.answers)
    before = await _steps_now(session, post)
    await set_steps(session, post.id, change.steps)
    if not says_other and before == await _steps_now(session, post):
        return False
    await edit_post(session, site, post, source=change.source, title=change.title, language=change.language, now=now)
    contributors = await _authors(session, said.values())
    software = await software_of(session, {actor.domain for actor in contributors.values() if not actor.is_local})
    await _name_more(session, post, contributors, software)
    await session.flush()
    (detail,) = await details(session, [post])
    _check_size(site, detail)
    inboxes = await inboxes_told(session, post.uri) | await inboxes_of(session, contributors)
    await announce_post(session, site, detail, "Update", also=inboxes, now=now)
    if says_other:
        await _tell_again(session, host, post, contributors, now=now)
        answers = [(_said(one), change.answers.get(uri)) for uri, one in sorted(said.items())]
        await send_notes(session, site, detail, _told(answers, contributors, software), corrected=True, now=now)
    return says_other


async def _host_of(session: AsyncSession, issue: Actor) -> Actor | None:
    row = await session.get(Issue, issue.id) if issue.kind is ActorKind.ISSUE else None
    return await session.get(Actor, row.host_id) if row is not None and row.host_id is not None else None


def _check(answers: Mapping[str, Given], steps: Sequence[Step]) -> None:
    if len(answers) > MOST_ANSWERS:
        raise PostRefused("answers", f"at most {MOST_ANSWERS} contributions are answered at once")
    if any(len(given.reason) > LONGEST_REASON or not is_storable(given.reason) for given in answers.values()):
        raise PostRefused("answers", f"a reason is at most {LONGEST_REASON} characters")
    if len(steps) > MOST_STEPS or any(not _is_step(step) for step in steps):
        raise PostRefused("steps", f"at most {MOST_STEPS} steps of {LONGEST_STEP} characters")


def _is_step(step: Step) -> bool:
    words = (step.what, step.who, step.note)
    fits = len(step.what) <= LONGEST_STEP and len(step.who) <= LONGEST_WHO and len(step.note) <= LONGEST_NOTE
    return bool(step.what.strip()) and fits and all(map(is_storable, words))


async def _authors(session: AsyncSession, contributions: Collection[Post | Said]) -> dict[int, Actor]:
    ids = {post.author_id for post in contributions}
    query = select(Actor).where(among(session, Actor.id, ids), Actor.deleted_at.is_(None))
    return {actor.id: actor for actor in await session.scalars(query)} if ids else {}


def _said(contribution: Post | Said) -> Said:
    if isinstance(contribution, Said):
        return contribution
    return Said(contribution.uri, contribution.author_id, contribution.space_id, contribution.published_at)


def _named(contributors: Collection[Actor], software: Mapping[str, str]) -> list[Actor]:
    if len(contributors) > MOST_NAMED:
        return []
    return [actor for actor in contributors if reads_articles(actor, software)]


def _told(
    answers: Sequence[tuple[Said, Given | None]], contributors: Mapping[int, Actor], software: Mapping[str, str]
) -> list[Told]:
    said: dict[int, list[tuple[Said, Given | None]]] = defaultdict(list)
    for contribution, given in answers:
        said[contribution.author_id].append((contribution, given))
    return [
        Told(contributors[author_id], of_one)
        for author_id, of_one in said.items()
        if author_id in contributors
        and contributors[author_id].suspended_at is None
        and wants_note(contributors[author_id], software)
    ]


async def _new_detail(
    session: AsyncSession, post: Post, host: Actor, issue: Actor, given: Mapping[str, Given]
) -> PostDetail:
    """Return the details of an outcome that was just written: it has no more than these."""
    named = select(Actor).join(Mention, Mention.actor_id == Actor.id).where(Mention.post_id == post.id)
    return PostDetail(
        post,
        host,
        issue,
        mentions=list(await session.scalars(named.order_by(Actor.id))),
        answers=[
            Answer(outcome_id=post.id, contribution_uri=uri, verdict=one.verdict, reason=one.reason)
            for uri, one in given.items()
        ],
        facts=(await facts_of(session, [post.id]))[post.id],
    )


async def _steps_now(session: AsyncSession, post: Post) -> list[tuple[object, ...]]:
    facts = (await facts_of(session, [post.id]))[post.id]
    return [(one.number, one.what, one.who, one.due_at, one.done_at, one.note) for one in facts.steps]


def _check_size(site: Site, detail: PostDetail) -> None:
    if len(dump(write_document(site, detail))) > MOST_BYTES:
        raise PostRefused("answers", "this is too long for other servers")


async def _name_more(
    session: AsyncSession, post: Post, contributors: Mapping[int, Actor], software: Mapping[str, str]
) -> None:
    there = set(await session.scalars(select(Mention.actor_id).where(Mention.post_id == post.id)))
    named = {actor.id for actor in _named(contributors.values(), software)} | there
    if len(named) <= MOST_NAMED:
        rows = [{"post_id": post.id, "actor_id": actor_id} for actor_id in sorted(named - there)]
        await insert_or_ignore(session, Mention, rows)


async def _tell_again(
    session: AsyncSession, host: Actor, post: Post, recipients: Collection[int], *, now: datetime
) -> None:
    # Of one post nobody is told twice in one kind: what was told of an earlier correction makes place.
    await session.execute(
        delete(Notification).where(
            among(session, Notification.recipient_id, recipients),
            Notification.kind == CORRECTED,
            Notification.post_id == post.id,
        )
    )
    await tell(session, recipients, CORRECTED, by=host.id, about=post.space_id, post=post.id, now=now)
