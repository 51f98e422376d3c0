"""What comes after an outcome of the demo: steps that are done, and a correction."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import now
from actors.kinds import Verdict
from actors.knowledge.outcome_tables import OutcomeStep
from actors.knowledge.outcomes import Given, Step, answers_of
from actors.posts.tables import Post
from actors.site import Site
from deploy.demo.progress import Progress
from outbox.publish.outcomes import CorrectedOutcome, correct_outcome
from outbox.publish.steps import mark_step


def steps_of(item: Mapping[str, Any]) -> list[Step]:
    """Return the steps that follow from an outcome."""
    return [Step(one["what"], one["who"], now() + timedelta(days=one["days"])) for one in item.get("steps", ())]


async def tick_off(session: AsyncSession, site: Site, item: Mapping[str, Any], progress: Progress) -> str:
    """Tick off the steps that are done; returns the outcome's id."""
    outcome, host = await _outcome_of(session, item, progress)
    rows = {row.what: row for row in await _steps(session, outcome)}
    for one in item["steps"]:
        if "done" in one:
            await mark_step(session, site, host, outcome, rows[one["what"]], done=True, note=one["done"], now=now())
    return outcome.uri


async def correct(session: AsyncSession, site: Site, item: Mapping[str, Any], progress: Progress) -> str:
    """Correct what an outcome says of some contributions; returns its id."""
    outcome, host = await _outcome_of(session, item, progress)
    answers = await answers_of(session, outcome.id)
    for answer in item["correction"]["answers"]:
        uri = progress[f"contribution {answer['contribution']}"]
        answers[uri] = Given(Verdict(answer["verdict"]), answer["reason"])
    steps = [
        Step(row.what, row.who, row.due_at, row.number, row.done_at, row.note) for row in await _steps(session, outcome)
    ]
    why = item["correction"]["why"]
    change = CorrectedOutcome(outcome.name, outcome.source or "", outcome.language or "nl", answers, steps, why)
    await correct_outcome(session, site, host, outcome, change, now=now())
    return outcome.uri


async def _outcome_of(session: AsyncSession, item: Mapping[str, Any], progress: Progress) -> tuple[Post, Actor]:
    uri = progress[f"outcome {item['title']}"]
    outcome = (await session.scalars(select(Post).where(Post.uri == uri))).one()
    return outcome, await session.get_one(Actor, outcome.author_id)


async def _steps(session: AsyncSession, outcome: Post) -> Sequence[OutcomeStep]:
    query = select(OutcomeStep).where(OutcomeStep.outcome_id == outcome.id).order_by(OutcomeStep.number)
    return list(await session.scalars(query))
