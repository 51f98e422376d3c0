"""What an outcome has besides its text: its versions, what it says of each contribution, and what follows from it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.ids import new_id
from actors.kinds import Verdict
from actors.knowledge.outcome_tables import OutcomeRecord, OutcomeStep, OutcomeVersion
from actors.knowledge.tables import Answer
from actors.posts.tables import Post
from actors.upsert import insert_or_ignore

MOST_ANSWERS: Final = 1_000
"""How many contributions one outcome answers at most."""
MOST_STEPS: Final = 20
MOST_VERSIONS: Final = 20
"""So many versions of another server's outcome are kept; the last ones."""
LONGEST_STEP: Final = 500
LONGEST_WHO: Final = 200
LONGEST_NOTE: Final = 1_000
LONGEST_REASON: Final = 5_000


@dataclass(frozen=True)
class Given:
    """What an outcome says of one contribution."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Step:
    """What follows: ``number`` is that of a step which is there already, or None for a new one."""

    what: str
    who: str = ""
    due_at: datetime | None = None
    number: int | None = None
    done_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Correction:
    """That an outcome became this version: when, and why."""

    version: int
    since: datetime
    reason: str


@dataclass(frozen=True)
class OutcomeFacts:
    """An outcome's versions in their order, the present one last, and its steps."""

    version: int = 1
    corrections: list[Correction] = field(default_factory=list)
    """Every version but the first."""
    steps: list[OutcomeStep] = field(default_factory=list)


async def facts_of(session: AsyncSession, outcome_ids: Collection[int]) -> dict[int, OutcomeFacts]:
    """Return the versions and steps of outcomes; three queries."""
    if not outcome_ids:
        return {}
    found = {outcome_id: OutcomeFacts() for outcome_id in outcome_ids}
    older = (
        select(OutcomeVersion.outcome_id, OutcomeVersion.version, OutcomeVersion.since, OutcomeVersion.reason)
        .where(among(session, OutcomeVersion.outcome_id, outcome_ids), OutcomeVersion.version > 1)
        .order_by(OutcomeVersion.version)
    )
    corrections: dict[int, list[Correction]] = defaultdict(list)
    for outcome_id, version, since, reason in await session.execute(older):
        corrections[outcome_id].append(Correction(version, since, reason))
    steps: dict[int, list[OutcomeStep]] = defaultdict(list)
    ordered = select(OutcomeStep).where(among(session, OutcomeStep.outcome_id, outcome_ids))
    for step in await session.scalars(ordered.order_by(OutcomeStep.outcome_id, OutcomeStep.number)):
        steps[step.outcome_id].append(step)
    current = select(OutcomeRecord).where(among(session, OutcomeRecord.post_id, outcome_ids))
    for outcome in await session.scalars(current):
        if outcome.version > 1:
            corrections[outcome.post_id].append(Correction(outcome.version, outcome.since, outcome.reason))
        found[outcome.post_id] = OutcomeFacts(outcome.version)
    return {
        outcome_id: OutcomeFacts(facts.version, corrections[outcome_id], steps[outcome_id])
        for outcome_id, facts in found.items()
    }


async def versions_of(session: AsyncSession, outcome_id: int) -> list[OutcomeVersion]:
    """Return an outcome as it stood before each correction, the last first; one query."""
    query = select(OutcomeVersion).where(OutcomeVersion.outcome_id == outcome_id)
    return list(await session.scalars(query.order_by(OutcomeVersion.version.desc())))


async def answers_of(session: AsyncSession, outcome_id: int) -> dict[str, Given]:
    """Return what an outcome says, by the contribution's URI; one query."""
    query = select(Answer.contribution_uri, Answer.verdict, Answer.reason).where(Answer.outcome_id == outcome_id)
    return {row.contribution_uri: Given(row.verdict, row.reason) for row in await session.execute(query)}


async def outcome_for_change(session: AsyncSession, post: Post) -> OutcomeRecord:
    """Return an outcome, held for a change; one that was stored before there were versions is its first."""
    outcome = await session.get(OutcomeRecord, post.id, with_for_update=True, populate_existing=True)
    if outcome is None:
        outcome = OutcomeRecord(post_id=post.id, version=1, since=post.published_at)
        session.add(outcome)
        await session.flush()
    return outcome


async def keep_version(session: AsyncSession, outcome: OutcomeRecord, post: Post, answers: Mapping[str, Given]) -> None:
    """Keep an outcome as it stands, before it is corrected."""
    row = {
        "outcome_id": outcome.post_id,
        "version": outcome.version,
        "since": outcome.since,
        "reason": outcome.reason,
        "name": post.name,
        "content": post.content,
        "answers": [
            {"object": uri, "verdict": given.verdict.value, "reason": given.reason} for uri, given in answers.items()
        ],
    }
    # What stands there already under this number is an announcement of it without its text.
    await session.execute(
        delete(OutcomeVersion).where(
            OutcomeVersion.outcome_id == outcome.post_id,
            OutcomeVersion.version == outcome.version,
            OutcomeVersion.content.is_(None),
        )
    )
    await insert_or_ignore(session, OutcomeVersion, [row])


async def set_answers(session: AsyncSession, outcome_id: int, answers: Mapping[str, Given]) -> None:
    """Make this all that an outcome says of contributions."""
    await session.execute(delete(Answer).where(Answer.outcome_id == outcome_id))
    await insert_or_ignore(
        session,
        Answer,
        [
            {"outcome_id": outcome_id, "contribution_uri": uri, "verdict": given.verdict, "reason": given.reason}
            for uri, given in answers.items()
        ],
    )


def changed_answers(old: Mapping[str, Given], new: Mapping[str, Given]) -> set[str]:
    """Return the contributions of which something else is said now, or nothing any more.

    >>> kept, other = Given(Verdict.NOT, "Te duur."), Given(Verdict.PARTLY, "Te duur.")
    >>> sorted(changed_answers({"a": kept, "b": kept, "c": kept}, {"a": kept, "b": other, "d": kept}))
    ['b', 'c', 'd']
    """
    return {uri for uri in {*old, *new} if old.get(uri) != new.get(uri)}


async def set_steps(session: AsyncSession, outcome_id: int, steps: Sequence[Step]) -> set[int]:
    """Make these the steps of an outcome, in their numbers; return the ids of those that came to be done.

    A step keeps its row, and whether it was done, as long as its number is there.
    """
    query = select(OutcomeStep).where(OutcomeStep.outcome_id == outcome_id)
    there = {step.number: step for step in await session.scalars(query)}
    done: set[int] = set()
    for number, wanted in _numbered(steps, there):
        row = there.pop(number, None)
        if row is None:
            row = OutcomeStep(id=new_id(), outcome_id=outcome_id, number=number)
            session.add(row)
        elif wanted.due_at != row.due_at:
            row.reminded_at = None
        if wanted.done_at is not None and row.done_at is None:
            done.add(row.id)
        row.what, row.who, row.due_at = wanted.what, wanted.who, wanted.due_at
        row.done_at, row.note = wanted.done_at, wanted.note
    for gone in there.values():
        await session.delete(gone)
    await session.flush()
    return done


def _numbered(steps: Iterable[Step], there: Collection[int]) -> list[tuple[int, Step]]:
    """Give new steps a number that no step of this outcome has."""
    steps = list(steps)
    last = max([*there, *(step.number for step in steps if step.number is not None)], default=0)
    numbered: dict[int, Step] = {}
    for step in steps:
        if step.number is None:
            last += 1
        number = step.number if step.number is not None else last
        numbered.setdefault(number, step)
    return sorted(numbered.items())
