"""What pages ask about issues. Each function takes a fixed number of queries, however much there is."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.instances.queries import owes_since, present, shown_unasked
from actors.issues.life import Moved, phases_gone_through
from actors.issues.tables import Issue, IssueTheme
from actors.issues.voices import perspectives_present
from actors.kinds import FollowState, Phase, PostKind
from actors.posts.tables import Post
from actors.relations import Follow
from actors.visibility import Given, Viewer, visible_to

_host = aliased(Actor)
_mine = aliased(Follow)


@dataclass(frozen=True)
class IssueFilter:
    """Which issues are asked for; what is None does not matter."""

    theme: str | None = None
    phase: Phase | None = None
    domain: str | None = None
    """The instance that an issue lives on."""
    host_id: int | None = None
    is_open: bool = False
    """Only issues that are not closed."""
    owed_since: datetime | None = None
    """Only issues whose feedback was promised before then and has not been given."""


@dataclass(frozen=True)
class IssueCard:
    """An issue as it stands in a list."""

    actor: Actor
    issue: Issue
    host: Actor | None
    themes: list[str] = field(default_factory=list)
    contributions: int = 0
    outcomes: int = 0
    present: frozenset[str] = frozenset()
    """The perspectives from which people take part."""


@dataclass(frozen=True)
class IssueDetail:
    """An issue with all that its page tells, but for what people said in it."""

    actor: Actor
    issue: Issue
    host: Actor | None
    themes: list[str]
    moved: list[Moved]
    """The phases that it entered, oldest first."""
    followers: int
    follow: Follow | None
    """How the viewer follows it."""

    @property
    def phases(self) -> dict[Phase, datetime]:
        """When it first entered each phase that it has been in."""
        return {one.change.phase: one.change.at for one in reversed(self.moved)}


async def list_issues(
    session: AsyncSession,
    viewer: Viewer,
    wanted: IssueFilter,
    *,
    before: int | None = None,
    limit: int = 20,
    ours_first: bool = False,
) -> list[IssueCard]:
    """Return issues, those that came last first; ``ours_first`` puts our own before those of others.

    Six queries, or seven where there are fewer of ours than are asked for.
    """
    asked = {name: value for name, value in {**_asked(wanted), "before": before}.items() if value is not None}
    # Asked one after the other: no index has them in the order of both.
    parts = ("ours", "theirs") if ours_first else ("all",)
    rows: list[Row[Actor, Issue, Actor | None]] = []
    for part in parts:
        if len(rows) < limit:
            query = _listed(frozenset({*asked, part}))
            rows += (await session.execute(query, {**asked, "most": limit - len(rows)})).all()
    ids = [actor.id for actor, _, _ in rows]
    themes = await _themes(session, ids)
    said = await _counts(session, viewer, ids)
    present = await perspectives_present(session, ids)
    return [
        IssueCard(actor, issue, by, themes[actor.id], *said.get(actor.id, (0, 0)), frozenset(present.get(actor.id, ())))
        for actor, issue, by in rows
    ]


async def issue_detail(session: AsyncSession, viewer: Viewer, actor: Actor) -> IssueDetail | None:
    """Return what the page of an issue tells, or None when the actor is no issue; three queries."""
    row = (await session.execute(_DETAIL, {"issue": actor.id, "me": viewer.actor_id})).first()
    if row is None:
        return None
    themes = list(await session.scalars(_THEMES_OF_ONE, {"issue": actor.id}))
    issue, host, follow, followers = row
    moved = await phases_gone_through(session, actor.id, host)
    return IssueDetail(actor, issue, host, themes, moved, followers, follow)


async def opening_of(session: AsyncSession, issue: Issue) -> Post | None:
    """Return the post with which the host of a local issue opened its conversation, unless it was withdrawn."""
    query = select(Post).where(
        Post.space_id == issue.actor_id,
        Post.id == Post.thread_id,
        Post.author_id == issue.host_id,
        Post.published_at == issue.published_at,
        Post.deleted_at.is_(None),
    )
    return (await session.scalars(query.order_by(Post.id).limit(1))).one_or_none()


async def issue_opened_by(session: AsyncSession, post: Post) -> Actor | None:
    """Return the issue of which this post is the opening."""
    query = select(Actor, Issue).join(Issue, Issue.actor_id == Actor.id).where(Actor.id == post.space_id)
    row = (await session.execute(query)).one_or_none()
    if row is None or row[1].host_id != post.author_id or row[1].published_at != post.published_at:
        return None
    return row[0]


async def issues_to_choose(session: AsyncSession, *, limit: int = 100) -> list[Actor]:
    """Return issues that a knowledge product may be of use for: those not closed, newest first."""
    query = (
        select(Actor)
        .join(Issue, Issue.actor_id == Actor.id)
        .where(shown_unasked(), Issue.phase != Phase.CLOSED)
        # What lives here stands first: that is what people here mostly mean.
        .order_by(Actor.is_local.desc(), Issue.actor_id.desc())
        .limit(limit)
    )
    return list(await session.scalars(query))


async def issues_by_id(session: AsyncSession, ids: Collection[int]) -> list[Actor]:
    """Return the actors of these issues, as far as they exist."""
    if not ids:
        return []
    query = select(Actor).join(Issue, Issue.actor_id == Actor.id).where(Actor.id.in_(list(ids)), present())
    return list(await session.scalars(query.order_by(Actor.id)))


_DETAIL = (
    select(
        Issue,
        _host,
        _mine,
        select(func.count())
        .where(Follow.followee_id == bindparam("issue"), Follow.state == FollowState.ACCEPTED)
        .scalar_subquery(),
    )
    .outerjoin(_host, _host.id == Issue.host_id)
    .outerjoin(_mine, and_(_mine.followee_id == Issue.actor_id, _mine.follower_id == bindparam("me")))
    .where(Issue.actor_id == bindparam("issue"))
)
_THEMES_OF_ONE = select(IssueTheme.theme).where(IssueTheme.issue_id == bindparam("issue")).order_by(IssueTheme.theme)


_FILTERS: Final[Mapping[str, ColumnElement[bool]]] = {
    "theme": Issue.actor_id.in_(select(IssueTheme.issue_id).where(IssueTheme.theme == bindparam("theme"))),
    "phase": Issue.phase == bindparam("phase"),
    "domain": Actor.domain == bindparam("domain"),
    "host": Issue.host_id == bindparam("host"),
    "is_open": Issue.phase != Phase.CLOSED,
    "owed_since": owes_since(bindparam("owed_since")),
    "before": Issue.actor_id < bindparam("before"),
    "ours": Actor.is_local.is_(True),
    "theirs": Actor.is_local.is_(False),
}


def _asked(wanted: IssueFilter) -> dict[str, Any]:
    return {
        "theme": wanted.theme, "phase": wanted.phase, "domain": wanted.domain, "host": wanted.host_id,
        "is_open": wanted.is_open or None, "owed_since": wanted.owed_since,
    }  # fmt: skip


# As in `actors.posts.queries`: what is asked for are parameters, and only which of them there are makes a statement.
@cache
def _listed(asked: frozenset[str]) -> Select[Actor, Issue, Actor | None]:
    return (
        select(Actor, Issue, _host)
        .join(Issue, Issue.actor_id == Actor.id)
        .outerjoin(_host, _host.id == Issue.host_id)
        .where(shown_unasked(), *(condition for name, condition in _FILTERS.items() if name in asked))
        .order_by(Issue.actor_id.desc())
        .limit(bindparam("most"))
    )


_THEMES: Final = (
    select(IssueTheme.issue_id, IssueTheme.theme)
    .where(IssueTheme.issue_id.in_(bindparam("issues", expanding=True)))
    .order_by(IssueTheme.theme)
)


async def _themes(session: AsyncSession, ids: Collection[int]) -> dict[int, list[str]]:
    themes: dict[int, list[str]] = defaultdict(list)
    for issue_id, theme in await session.execute(_THEMES, {"issues": list(ids)}):
        themes[issue_id].append(theme)
    return themes


async def _counts(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, tuple[int, int]]:
    rows = await session.execute(_counted(viewer.given), {"issues": list(ids), **viewer.ids})
    return {
        space_id: (contributions or 0, outcomes or 0)
        for space_id, contributions, outcomes in rows
        if space_id is not None
    }


@cache
def _counted(viewer: Given) -> Select[int | None, int, int]:
    return (
        select(
            Post.space_id,
            func.sum(case((Post.kind == PostKind.CONTRIBUTION, 1), else_=0)),
            func.sum(case((Post.kind == PostKind.OUTCOME, 1), else_=0)),
        )
        .where(Post.space_id.in_(bindparam("issues", expanding=True)), visible_to(viewer))
        .group_by(Post.space_id)
    )
