"""Which contributions of an issue there are to answer, and which of them nobody has answered yet.

An outcome is public, so it answers what everyone may read. What a host says itself needs no answer of it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.kinds import PostKind
from actors.knowledge.outcome_tables import DraftAnswer
from actors.knowledge.outcomes import Given
from actors.knowledge.tables import Answer
from actors.posts.tables import Post
from actors.visibility import ANYONE, visible_to

_outcome = aliased(Post)


class Shown(StrEnum):
    """Which contributions somebody looks at."""

    OPEN = "zonder-antwoord"
    """Neither answered before, nor in this draft."""
    PICKED = "gekozen"
    ALL = "alle"


@dataclass(frozen=True)
class ToAnswer:
    """A contribution, who said it, what a draft says of it, and how often outcomes answered it before."""

    post: Post
    author: Actor
    given: Given | None
    answered: int


async def contributions_to_answer(
    session: AsyncSession,
    issue_id: int,
    draft_id: int,
    hosts: Collection[int],
    *,
    shown: Shown = Shown.ALL,
    search: str = "",
    after: int = 0,
    limit: int = 25,
    correcting: int | None = None,
) -> list[ToAnswer]:
    """Return contributions in the order in which they were said; one query.

    ``correcting`` is the outcome that a draft corrects: what that one answers is not answered by another.
    """
    answered = _answered(correcting)
    count = (
        select(func.count())
        .select_from(Answer)
        .join(_outcome, _outcome.id == Answer.outcome_id)
        .where(answered)
        .correlate(Post)
        .scalar_subquery()
    )
    query = (
        select(Post, Actor, DraftAnswer.verdict, DraftAnswer.reason, count)
        .join(Actor, Actor.id == Post.author_id)
        .outerjoin(DraftAnswer, and_(DraftAnswer.draft_id == draft_id, DraftAnswer.contribution_uri == Post.uri))
        .where(_said(issue_id, hosts), Post.id > after)
        .order_by(Post.id)
        .limit(limit)
    )
    match shown:
        case Shown.OPEN:
            query = query.where(DraftAnswer.draft_id.is_(None), ~_is_answered(correcting))
        case Shown.PICKED:
            query = query.where(DraftAnswer.draft_id.is_not(None))
    if search:
        query = query.where(
            or_(Post.content.icontains(search, autoescape=True), Actor.name.icontains(search, autoescape=True))
        )
    return [
        ToAnswer(post, author, Given(verdict, reason) if verdict is not None else None, answers)
        for post, author, verdict, reason, answers in await session.execute(query)
    ]


async def count_unanswered(
    session: AsyncSession,
    issue_id: int,
    hosts: Collection[int],
    *,
    draft_id: int | None = None,
    correcting: int | None = None,
) -> int:
    """Return how many contributions nobody has answered; those answered in this draft not counted. One query."""
    query = select(func.count()).select_from(Post).where(_said(issue_id, hosts), ~_is_answered(correcting))
    if draft_id is not None:
        in_draft = exists().where(DraftAnswer.draft_id == draft_id, DraftAnswer.contribution_uri == Post.uri)
        query = query.where(~in_draft)
    return await session.scalar(query) or 0


def _said(issue_id: int, hosts: Collection[int]) -> ColumnElement[bool]:
    return and_(
        Post.space_id == issue_id,
        Post.kind == PostKind.CONTRIBUTION,
        Post.author_id.not_in(list(hosts)),
        visible_to(ANYONE),
    )


def _is_answered(correcting: int | None) -> ColumnElement[bool]:
    return exists().where(_outcome.id == Answer.outcome_id, _answered(correcting))


def _answered(correcting: int | None) -> ColumnElement[bool]:
    stands = and_(
        Answer.contribution_uri == Post.uri, _outcome.deleted_at.is_(None), _outcome.space_id == Post.space_id
    )
    return and_(stands, Answer.outcome_id != correcting) if correcting is not None else stands
