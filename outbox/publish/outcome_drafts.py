"""From a draft to what everyone reads: an outcome, or a correction of one."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.knowledge.drafts import DraftStep, discard_draft, draft_answers, text_of, version_of_draft
from actors.knowledge.outcome_tables import OutcomeDraft, OutcomeStep
from actors.knowledge.outcomes import Step
from actors.posts.store import PostRefused
from actors.posts.tables import Post
from actors.site import Site
from actors.versions import check_basis
from outbox.publish.outcome_notes import Said
from outbox.publish.outcomes import Answered, CorrectedOutcome, correct_outcome, publish_outcome

_ZONE = ZoneInfo("Europe/Amsterdam")


async def publish_draft(
    session: AsyncSession, site: Site, draft: OutcomeDraft, *, host: Actor, by: Actor, based_on: str, now: datetime
) -> Post:
    """Publish a held draft as its reader saw it, and throw it away. Raises `EditedMeanwhile`, `PostRefused`."""
    answers = await draft_answers(session, draft.id)
    check_basis(version_of_draft(draft, answers), based_on)
    text = text_of(draft)
    if draft.outcome_id is not None:
        post = await session.get_one(Post, draft.outcome_id)
        steps = await _steps(session, text.steps, draft.outcome_id)
        change = CorrectedOutcome(text.title, text.source, text.language, answers, steps, text.reason)
        await correct_outcome(session, site, host, post, change, now=now)
    else:
        columns = select(Post.uri, Post.author_id, Post.space_id, Post.published_at)
        query = columns.where(among(session, Post.uri, answers), Post.deleted_at.is_(None))
        said = {row.uri: Said(*row) for row in await session.execute(query)} if answers else {}
        issue = await session.get(Actor, draft.issue_id)
        if issue is None or issue.deleted_at is not None:
            raise PostRefused("issue", "this issue is gone")
        post = await publish_outcome(
            session,
            site,
            issue,
            by=by,
            host=host,
            title=text.title,
            source=text.source,
            # What was withdrawn while the draft lay there is answered no more.
            answers=[Answered(said[uri], given.verdict, given.reason) for uri, given in answers.items() if uri in said],
            steps=await _steps(session, text.steps, None),
            language=text.language,
            now=now,
        )
    await discard_draft(session, draft)
    return post


async def _steps(session: AsyncSession, written: Sequence[DraftStep], outcome_id: int | None) -> list[Step]:
    query = select(OutcomeStep).where(OutcomeStep.outcome_id == outcome_id)
    there = {step.number: step for step in await session.scalars(query)} if outcome_id is not None else {}
    steps = []
    for step in written:
        old = there.get(step.number) if step.number is not None else None
        due = datetime.combine(step.day, time.max, _ZONE).replace(microsecond=0) if step.day is not None else None
        done, note = (old.done_at, old.note) if old is not None else (None, "")
        steps.append(Step(step.what, step.who, due, step.number if old is not None else None, done, note))
    return steps
