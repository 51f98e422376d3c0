"""Outcomes that arrive: what they say of contributions, their versions, and the steps that follow from them.

What is said of a contribution that we do not know is kept: it joins the contribution when that comes. An older
version never replaces a newer one, and one that comes late takes its place in the history.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.ids import new_id
from actors.kinds import FollowState, Verdict
from actors.knowledge.outcome_tables import OutcomeRecord, OutcomeStep, OutcomeVersion
from actors.knowledge.outcomes import (
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_STEP,
    LONGEST_WHO,
    MOST_VERSIONS,
    Given,
    Step,
    answers_of,
    changed_answers,
    keep_version,
    outcome_for_change,
    set_steps,
)
from actors.notifications import Notification
from actors.notifying import tell
from actors.posts.tables import Post
from actors.relations import Follow
from actors.sanitize import clean_line
from actors.upsert import insert_or_ignore
from federation.documents import PostDocument
from federation.documents.outcome import OutcomeParts, outcome_parts_of
from inbox.batch import Batch, KnownPost

_VERDICTS = frozenset(verdict.value for verdict in Verdict)
CORRECTED = "outcome-changed"
STEP_DONE = "outcome-step"


def answered_here(batch: Batch, document: PostDocument, space_id: int | None) -> bool:
    """Whether an outcome answers what one of ours said in its issue: then it is wanted here, whoever follows."""
    known = batch.known.posts
    return any(
        (said := known.get(answered.contribution)) is not None and said.is_local and said.space_id == space_id
        for answered in document.answers
    )


def given_in(batch: Batch, document: PostDocument, space_id: int | None) -> dict[str, Given]:
    """Return what an outcome says of contributions, by their URI.

    Whoever hosts an issue gives feedback on what was said in it, and on nothing else. Where something was said that
    we do not know (yet) is judged when it is shown.
    """
    found: dict[str, Given] = {}
    for answered in document.answers:
        known = batch.known.posts.get(answered.contribution)
        if answered.verdict in _VERDICTS and (known is None or _may_be_of(known, space_id)):
            reason = clean_line(answered.reason or "", LONGEST_REASON)
            found[answered.contribution] = Given(Verdict(answered.verdict), reason)
    return found


def _may_be_of(post: KnownPost, space_id: int | None) -> bool:
    # What another server's people said may yet turn out to belong to the issue, when that announces it.
    return post.space_id == space_id or (post.space_id is None and not post.is_local)


def answer_rows(batch: Batch, document: PostDocument, post: KnownPost) -> list[dict[str, Any]]:
    """Return the rows of what an outcome says of contributions."""
    return [
        {"outcome_id": post.id, "contribution_uri": uri, "verdict": given.verdict, "reason": given.reason}
        for uri, given in given_in(batch, document, post.space_id).items()
    ]


def add_outcome(batch: Batch, document: PostDocument, post: KnownPost, published: datetime) -> None:
    """Have written what a new outcome has besides its text and answers."""
    parts = outcome_parts_of(document.raw)
    version = parts.version or 1
    told = {one.version: one for one in parts.corrections}
    last = told.get(version)
    since = min(last.since, batch.now) if last is not None else published
    reason = clean_line(last.reason, LONGEST_NOTE) if last is not None else ""
    batch.add(OutcomeRecord, {"post_id": post.id, "version": version, "since": since, "reason": reason})
    batch.add(OutcomeVersion, *_announced(batch, post.id, parts, version))
    batch.add(
        OutcomeStep,
        *(
            {
                "id": new_id(), "outcome_id": post.id, "number": number, "what": step.what, "who": step.who,
                "due_at": step.due_at, "done_at": step.done_at, "note": step.note,
            }
            for number, step in _steps(batch, parts).items()
        ),
    )  # fmt: skip


async def keep_if_older(batch: Batch, document: PostDocument, post: KnownPost) -> bool:
    """Whether an outcome that arrived is older than what is here; if so it takes its place in the history."""
    parts = outcome_parts_of(document.raw)
    await batch.flush()
    outcome = await batch.session.get(OutcomeRecord, post.id)
    if outcome is None or parts.version is None or parts.version >= outcome.version:
        return False
    if parts.version <= outcome.version - MOST_VERSIONS:
        return True
    told = {one.version: one for one in parts.corrections}.get(parts.version)
    row = {
        "outcome_id": post.id,
        "version": parts.version,
        "since": min(told.since if told is not None else (document.updated or batch.now), batch.now),
        "reason": clean_line(told.reason, LONGEST_NOTE) if told is not None else "",
        "name": clean_line(document.name or "", 500),
        "content": batch.reading.content(document),
        "answers": [
            {"object": uri, "verdict": given.verdict.value, "reason": given.reason}
            for uri, given in given_in(batch, document, post.space_id).items()
        ],
    }
    await batch.session.execute(
        delete(OutcomeVersion).where(
            OutcomeVersion.outcome_id == post.id,
            OutcomeVersion.version == parts.version,
            OutcomeVersion.content.is_(None),
        )
    )
    await insert_or_ignore(batch.session, OutcomeVersion, [row])
    return True


async def change_outcome(batch: Batch, document: PostDocument, author: Actor, post: KnownPost) -> None:
    """Keep an outcome as it stands in its history, take over its steps, and tell whose answer is another now.

    Call it before the post itself and its answers are changed.
    """
    session, parts = batch.session, outcome_parts_of(document.raw)
    row = await session.get_one(Post, post.id, populate_existing=True)
    outcome = await outcome_for_change(session, row)
    old, new = await answers_of(session, post.id), given_in(batch, document, post.space_id)
    changed = changed_answers(old, new)
    says_other = bool(changed) or row.content != batch.reading.content(document) or row.name != (document.name or "")
    version = parts.version or outcome.version + says_other
    if version > outcome.version:
        await keep_version(session, outcome, row, old)
        told = {one.version: one for one in parts.corrections}.get(version)
        since = told.since if told is not None else document.updated
        outcome.version, outcome.since = version, min(since or batch.now, batch.now)
        outcome.reason = clean_line(told.reason, LONGEST_NOTE) if told is not None else ""
        await insert_or_ignore(session, OutcomeVersion, _announced(batch, post.id, parts, version))
        await session.execute(
            delete(OutcomeVersion).where(
                OutcomeVersion.outcome_id == post.id, OutcomeVersion.version <= version - MOST_VERSIONS
            )
        )
    done = await set_steps(session, post.id, [*_steps(batch, parts).values()])
    await _tell_followers(session, author, post, done, now=batch.now)
    await _tell_contributors(batch, author, post, changed)


def _announced(batch: Batch, outcome_id: int, parts: OutcomeParts, version: int) -> list[dict[str, Any]]:
    """Return rows for the corrections of which we know no more than that they were made."""
    return [
        {
            "outcome_id": outcome_id, "version": one.version, "since": min(one.since, batch.now), "name": "",
            "reason": clean_line(one.reason, LONGEST_NOTE), "content": None, "answers": [],
        }
        for one in parts.corrections
        if version - MOST_VERSIONS < one.version < version
    ]  # fmt: skip


def _steps(batch: Batch, parts: OutcomeParts) -> Mapping[int, Step]:
    return {
        step.number: Step(
            what=clean_line(step.what, LONGEST_STEP),
            who=clean_line(step.who, LONGEST_WHO),
            due_at=step.due,
            number=step.number,
            done_at=min(step.done or batch.now, batch.now) if step.is_done else None,
            note=clean_line(step.note, LONGEST_NOTE),
        )
        for step in parts.steps
    }


async def _tell_followers(
    session: AsyncSession, author: Actor, post: KnownPost, done: set[int], *, now: datetime
) -> None:
    if not done or post.space_id is None:
        return
    query = select(Follow.follower_id).where(Follow.followee_id == post.space_id, Follow.state == FollowState.ACCEPTED)
    followers = list(await session.scalars(query))
    for step in sorted(done):
        await tell(session, followers, STEP_DONE, by=author.id, about=post.space_id, thing=step, now=now)


async def _tell_contributors(batch: Batch, author: Actor, post: KnownPost, changed: set[str]) -> None:
    if not changed:
        return
    session = batch.session
    query = (
        select(Actor)
        .join(Post, Post.author_id == Actor.id)
        .where(among(session, Post.uri, changed), Post.is_local.is_(True), Post.space_id == post.space_id)
        .distinct()
    )
    recipients = list(await session.scalars(query))
    # Of one post nobody is told twice in one kind: what was told of an earlier correction makes place.
    await session.execute(
        delete(Notification).where(
            among(session, Notification.recipient_id, [actor.id for actor in recipients]),
            Notification.kind == CORRECTED,
            Notification.post_id == post.id,
        )
    )
    for actor in recipients:
        batch.notify(actor, CORRECTED, author, post)
