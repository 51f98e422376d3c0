"""Outcomes that are being written: shared among those who speak for a host, and kept until published or thrown away.

Two who write at once lose nothing: the text is changed on the version that somebody saw, and so is what is said of
each contribution. Nobody else ever sees a draft.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.ids import new_id
from actors.kinds import Verdict
from actors.knowledge.outcome_tables import DraftAnswer, OutcomeDraft
from actors.knowledge.outcomes import MOST_ANSWERS, Given, answers_of, facts_of
from actors.posts.tables import Post
from actors.upsert import insert_or_ignore, insert_or_update
from actors.versions import check_basis, version_of

MOST_DRAFTS: Final = 20
"""So many are written on one issue at once."""


class TooMany(ValueError):
    """There is no room for another draft, or for another answer in one."""


class AnsweredMeanwhile(Exception):
    """Something else was chosen for these contributions since somebody looked."""

    def __init__(self, uris: Collection[str]) -> None:
        super().__init__("it was changed meanwhile")
        self.uris = frozenset(uris)


@dataclass(frozen=True)
class DraftStep:
    """A step as it is written: ``day`` may be missing, ``number`` is that of one which was published before."""

    what: str
    who: str = ""
    day: date | None = None
    number: int | None = None


@dataclass(frozen=True)
class DraftText:
    """What a draft says, but for its answers; ``reason`` is why a correction is made."""

    title: str
    source: str
    language: str
    reason: str = ""
    steps: Sequence[DraftStep] = ()


@dataclass(frozen=True)
class DraftCard:
    """A draft in a list: who changed it last, and how many contributions it answers."""

    draft: OutcomeDraft
    changed_by: Actor | None
    answers: int


async def start_draft(
    session: AsyncSession, issue_id: int, *, language: str = "nl", by: int, now: datetime
) -> OutcomeDraft:
    """Begin an outcome on an issue. Raises `TooMany`."""
    query = select(func.count()).select_from(OutcomeDraft).where(OutcomeDraft.issue_id == issue_id)
    if (await session.scalar(query) or 0) >= MOST_DRAFTS:
        raise TooMany("there are too many drafts on this issue")
    draft = OutcomeDraft(
        id=new_id(), issue_id=issue_id, language=language, created_at=now, changed_at=now, changed_by=by, steps=[],
    )  # fmt: skip
    session.add(draft)
    await session.flush()
    return draft


async def start_correction(session: AsyncSession, post: Post, *, by: int, now: datetime) -> OutcomeDraft:
    """Begin a correction of an outcome, from what it says now; where one is being written, that one."""
    query = select(OutcomeDraft).where(OutcomeDraft.outcome_id == post.id)
    found = (await session.scalars(query)).one_or_none()
    if found is not None:
        return found
    if post.space_id is None:
        raise LookupError(f"outcome {post.id} is about no issue")
    facts = (await facts_of(session, [post.id]))[post.id]
    draft = OutcomeDraft(
        id=new_id(),
        issue_id=post.space_id,
        outcome_id=post.id,
        title=post.name,
        source=post.source or "",
        language=post.language or "nl",
        steps=[
            {
                "number": step.number,
                "what": step.what,
                "who": step.who,
                "day": step.due_at.date().isoformat() if step.due_at is not None else None,
            }
            for step in facts.steps
        ],
        created_at=now,
        changed_at=now,
        changed_by=by,
    )
    session.add(draft)
    await session.flush()
    await _put(session, draft.id, await answers_of(session, post.id))
    return draft


async def draft_at(session: AsyncSession, draft_id: int, *, held: bool = False) -> OutcomeDraft | None:
    """Return a draft; ``held`` for who changes it."""
    return await session.get(OutcomeDraft, draft_id, with_for_update=held, populate_existing=held)


async def drafts_of(session: AsyncSession, issue_id: int) -> list[DraftCard]:
    """Return what is being written on an issue, what was changed last first; one query."""
    answers = (
        select(func.count())
        .select_from(DraftAnswer)
        .where(DraftAnswer.draft_id == OutcomeDraft.id)
        .correlate(OutcomeDraft)
        .scalar_subquery()
    )
    query = (
        select(OutcomeDraft, Actor, answers)
        .outerjoin(Actor, Actor.id == OutcomeDraft.changed_by)
        .where(OutcomeDraft.issue_id == issue_id)
        .order_by(OutcomeDraft.changed_at.desc(), OutcomeDraft.id.desc())
    )
    return [DraftCard(*row) for row in await session.execute(query)]


async def draft_answers(session: AsyncSession, draft_id: int) -> dict[str, Given]:
    """Return what a draft says of contributions, by their URI; one query."""
    query = select(DraftAnswer.contribution_uri, DraftAnswer.verdict, DraftAnswer.reason)
    rows = await session.execute(query.where(DraftAnswer.draft_id == draft_id).order_by(DraftAnswer.contribution_uri))
    return {row.contribution_uri: Given(row.verdict, row.reason) for row in rows}


def text_of(draft: OutcomeDraft) -> DraftText:
    """Return what a draft says, but for its answers."""
    return DraftText(draft.title, draft.source, draft.language, draft.reason, [_step(step) for step in draft.steps])


def version_of_text(text: DraftText) -> str:
    """Return on which version a change of the text is based."""
    steps = [_stored(step) for step in text.steps]
    return version_of(text.title, text.source, text.language, text.reason, steps)


def version_of_answer(given: Given | None) -> str:
    """Return on which version a change of one answer is based."""
    return version_of(given.verdict.value, given.reason) if given is not None else ""


def version_of_draft(draft: OutcomeDraft, answers: Mapping[str, Given]) -> str:
    """Return which version of a whole draft somebody saw before they published it."""
    said = [[uri, given.verdict.value, given.reason] for uri, given in sorted(answers.items())]
    return version_of(version_of_text(text_of(draft)), said)


async def write_text(
    session: AsyncSession, draft: OutcomeDraft, text: DraftText, *, based_on: str, by: int, now: datetime
) -> bool:
    """Change what a held draft says; False when it is as it was. Raises `EditedMeanwhile`."""
    current = version_of_text(text_of(draft))
    if current == version_of_text(text):
        return False
    check_basis(current, based_on)
    draft.title, draft.source, draft.language, draft.reason = text.title, text.source, text.language, text.reason
    draft.steps = [_stored(step) for step in text.steps]
    draft.changed_at, draft.changed_by = now, by
    await session.flush()
    return True


async def answer_in_draft(
    session: AsyncSession,
    draft: OutcomeDraft,
    contributions: Collection[str],
    given: Given | None,
    *,
    seen: Mapping[str, str],
    by: int,
    now: datetime,
) -> None:
    """Say the same of these contributions in a held draft; None takes back what was said.

    ``seen`` is the version of each answer that somebody saw. Raises `AnsweredMeanwhile`, `TooMany`.
    """
    there = await draft_answers(session, draft.id)
    other = {
        uri for uri in contributions
        if there.get(uri) != given and version_of_answer(there.get(uri)) != seen.get(uri, "")
    }  # fmt: skip
    if other:
        raise AnsweredMeanwhile(other)
    if given is None:
        await session.execute(
            delete(DraftAnswer).where(
                DraftAnswer.draft_id == draft.id, among(session, DraftAnswer.contribution_uri, contributions)
            )
        )
    elif len({*there, *contributions}) > MOST_ANSWERS:
        raise TooMany(f"at most {MOST_ANSWERS} contributions are answered at once")
    else:
        for uri in sorted(set(contributions)):
            row = _row(draft.id, uri, given)
            on = ["draft_id", "contribution_uri"]
            await insert_or_update(session, DraftAnswer, row, on=on, update=["verdict", "reason"])
    draft.changed_at, draft.changed_by = now, by
    await session.flush()


async def discard_draft(session: AsyncSession, draft: OutcomeDraft) -> None:
    """Throw a draft away."""
    await session.execute(delete(DraftAnswer).where(DraftAnswer.draft_id == draft.id))
    await session.delete(draft)
    await session.flush()


async def _put(session: AsyncSession, draft_id: int, answers: Mapping[str, Given]) -> None:
    await insert_or_ignore(session, DraftAnswer, [_row(draft_id, uri, given) for uri, given in answers.items()])


def _row(draft_id: int, uri: str, given: Given) -> dict[str, Any]:
    return {
        "draft_id": draft_id, "contribution_uri": uri, "verdict": Verdict(given.verdict), "reason": given.reason,
    }  # fmt: skip


def _step(stored: Mapping[str, Any]) -> DraftStep:
    day = date.fromisoformat(stored["day"]) if stored.get("day") else None
    return DraftStep(stored["what"], stored.get("who") or "", day, stored.get("number"))


def _stored(step: DraftStep) -> dict[str, Any]:
    day = step.day.isoformat() if step.day is not None else None
    return {"number": step.number, "what": step.what, "who": step.who, "day": day}
