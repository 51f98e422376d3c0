"""Feedback that is owed: conversations past the day on which their host promised to tell what was done with them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, distinct, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.among import among
from actors.instances.queries import owes_since, shown_unasked
from actors.issues.tables import Issue, IssueTheme
from actors.kinds import PostKind
from actors.knowledge.tables import Answer
from actors.posts.tables import Post
from actors.visibility import ANYONE, visible_to

_host = aliased(Actor)
_outcome = aliased(Post)


@dataclass(frozen=True)
class OwedFilter:
    """Whose promises are asked for; what is None does not matter."""

    host_id: int | None = None
    domain: str | None = None
    theme: str | None = None


@dataclass(frozen=True)
class Owed:
    """An issue whose feedback is overdue, and how many people wait for an answer."""

    actor: Actor
    issue: Issue
    host: Actor | None
    waiting: int = 0
    themes: list[str] = field(default_factory=list)

    @property
    def feedback_by(self) -> datetime:
        """The day that was promised."""
        assert self.issue.feedback_by is not None  # noqa: S101 - it is what was asked for
        return self.issue.feedback_by


@dataclass(frozen=True)
class Debtor:
    """Who owes feedback, on how many issues, and since when the oldest. ``host`` is None where we do not know it."""

    host: Actor | None
    domain: str
    issues: int
    since: datetime


async def owed_feedback(
    session: AsyncSession,
    today: datetime,
    wanted: OwedFilter,
    *,
    after: tuple[datetime, int] | None = None,
    limit: int = 20,
) -> list[Owed]:
    """Return the issues whose feedback was promised before ``today``, the oldest promise first; three queries.

    ``after`` is the promise and id of the issue after which a page begins.
    """
    query = (
        select(Actor, Issue, _host)
        .join(Issue, Issue.actor_id == Actor.id)
        .outerjoin(_host, _host.id == Issue.host_id)
        .where(*_conditions(today, wanted))
        .order_by(Issue.feedback_by, Issue.actor_id)
        .limit(limit)
    )
    if after is not None:
        moment, actor_id = after
        query = query.where(
            or_(Issue.feedback_by > moment, and_(Issue.feedback_by == moment, Issue.actor_id > actor_id))
        )
    rows = (await session.execute(query)).all()
    ids = [actor.id for actor, _, _ in rows]
    waiting, themes = await _waiting(session, ids), await _themes(session, ids)
    return [Owed(actor, issue, host, waiting.get(actor.id, 0), themes[actor.id]) for actor, issue, host in rows]


async def debtors(session: AsyncSession, today: datetime, wanted: OwedFilter, *, limit: int = 200) -> list[Debtor]:
    """Return who owes feedback, on most issues first; one query."""
    count = func.count()
    per_host = (
        select(Issue.host_id, Actor.domain, count.label("issues"), func.min(Issue.feedback_by).label("since"))
        .join(Actor, Actor.id == Issue.actor_id)
        .where(*_conditions(today, wanted))
        .group_by(Issue.host_id, Actor.domain)
        .order_by(count.desc(), func.min(Issue.feedback_by))
        .limit(limit)
        .subquery()
    )
    query = (
        select(_host, per_host.c.domain, per_host.c.issues, per_host.c.since)
        .select_from(per_host)
        .outerjoin(_host, _host.id == per_host.c.host_id)
        .order_by(per_host.c.issues.desc(), per_host.c.since)
    )
    return [Debtor(*row) for row in await session.execute(query)]


async def count_owed(session: AsyncSession, today: datetime, host_id: int) -> int:
    """Return on how many issues an organisation owes feedback; one query."""
    query = select(func.count()).select_from(Issue).join(Actor, Actor.id == Issue.actor_id)
    return await session.scalar(query.where(*_conditions(today, OwedFilter(host_id=host_id)))) or 0


def _conditions(today: datetime, wanted: OwedFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [owes_since(today), shown_unasked()]
    if wanted.host_id is not None:
        conditions.append(Issue.host_id == wanted.host_id)
    if wanted.domain is not None:
        conditions.append(Actor.domain == wanted.domain)
    if wanted.theme is not None:
        conditions.append(Issue.actor_id.in_(select(IssueTheme.issue_id).where(IssueTheme.theme == wanted.theme)))
    return conditions


async def _waiting(session: AsyncSession, issue_ids: Collection[int]) -> dict[int, int]:
    """Return by issue how many people said something that nobody answered; the host itself does not wait."""
    if not issue_ids:
        return {}
    answered = exists().where(
        Answer.contribution_uri == Post.uri,
        _outcome.id == Answer.outcome_id,
        _outcome.deleted_at.is_(None),
        _outcome.space_id == Post.space_id,
    )
    query = (
        select(Post.space_id, func.count(distinct(Post.author_id)))
        .join(Issue, Issue.actor_id == Post.space_id)
        .where(
            among(session, Post.space_id, issue_ids),
            Post.kind == PostKind.CONTRIBUTION,
            or_(Issue.host_id.is_(None), Post.author_id != Issue.host_id),
            visible_to(ANYONE),
            ~answered,
        )
        .group_by(Post.space_id)
    )
    return {space_id: people for space_id, people in await session.execute(query) if space_id is not None}


async def _themes(session: AsyncSession, issue_ids: Collection[int]) -> dict[int, list[str]]:
    themes: dict[int, list[str]] = defaultdict(list)
    if issue_ids:
        query = select(IssueTheme.issue_id, IssueTheme.theme).where(among(session, IssueTheme.issue_id, issue_ids))
        for issue_id, theme in await session.execute(query.order_by(IssueTheme.theme)):
            themes[issue_id].append(theme)
    return themes
