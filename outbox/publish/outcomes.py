"""Feeding back: what was done with the contributions, each of them answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.ids import new_id
from actors.issues.tables import Issue
from actors.kinds import Phase, PostKind, Verdict
from actors.knowledge.tables import Answer
from actors.notifications import Notification
from actors.posts.detail import details
from actors.posts.store import Draft, PostRefused, write_post
from actors.posts.tables import Post
from actors.sanitize import is_storable
from actors.site import Site
from actors.upsert import insert_or_ignore
from outbox.publish.contributions import announce_post
from outbox.publish.issues import move_issue

LONGEST_REASON: Final = 5_000


@dataclass(frozen=True)
class Answered:
    """What is said of one contribution."""

    contribution: Post
    verdict: Verdict
    reason: str


async def publish_outcome(
    session: AsyncSession,
    site: Site,
    issue: Actor,
    *,
    by: Actor,
    title: str,
    source: str,
    answers: Sequence[Answered],
    language: str = "nl",
    now: datetime,
) -> Post:
    """Publish what came of a conversation, in the name of the issue's host.

    Whoever contributed is addressed, so that they hear of theirs on their own server. The issue
    moves to the phase of feedback given, unless it is past it. Raises `PostRefused`.
    """
    row = await session.get(Issue, issue.id)
    host = await session.get(Actor, row.host_id) if row is not None and row.host_id is not None else None
    if row is None or host is None or not host.is_local:
        raise PostRefused("issue", "only the organisation that hosts an issue gives feedback on it")
    if any(answer.contribution.space_id != issue.id for answer in answers):
        raise PostRefused("answers", "a contribution of another conversation cannot be answered here")
    if any(len(answer.reason) > LONGEST_REASON or not is_storable(answer.reason) for answer in answers):
        raise PostRefused("answers", f"a reason is at most {LONGEST_REASON} characters")
    contributors = list(
        await session.scalars(select(Actor).where(Actor.id.in_({answer.contribution.author_id for answer in answers})))
    )
    post = await write_post(
        session,
        site,
        host,
        Draft(source, kind=PostKind.OUTCOME, title=title, language=language, space=issue, also_to=contributors),
        now=now,
    )
    await insert_or_ignore(
        session,
        Answer,
        [
            {
                "outcome_id": post.id,
                "contribution_uri": answer.contribution.uri,
                "verdict": answer.verdict,
                "reason": answer.reason,
            }
            for answer in answers
        ],
    )
    (detail,) = await details(session, [post])
    await announce_post(session, site, detail, "Create", now=now)
    await insert_or_ignore(
        session,
        Notification,
        [
            {
                "id": new_id(),
                "recipient_id": actor.id,
                "kind": "outcome",
                "from_id": host.id,
                "post_id": post.id,
                "created_at": now,
            }
            for actor in contributors
            if actor.is_local
        ],
    )
    if row.phase not in {Phase.FEEDBACK, Phase.CLOSED}:
        await move_issue(session, site, issue, Phase.FEEDBACK, by=by, now=now)
    return post
