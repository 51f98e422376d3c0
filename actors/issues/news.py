"""What is new in issues, asked for by pages that stay open.

Of all issues that somebody looks at, one question tells what came lately; it is the same however many
look. Whoever may see what everyone may see hears of it by that answer; of the rest each viewer is
asked about apart.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.issues.tables import Issue
from actors.kinds import Phase, PostKind
from actors.posts.tables import Post
from actors.visibility import ANYONE, Given, Viewer, visible_to

MOST_NEWS: Final = 200
"""How many posts are told of at once; who missed more loads the page anew."""
_IS_FOR_THE_ISSUE: Final = Post.kind != PostKind.ANSWER
"""What is told to one contributor is no news for all others."""


@dataclass(frozen=True)
class News:
    """A post that came in an issue; ``is_for_all`` when everyone may see it."""

    issue_id: int
    post_id: int
    is_for_all: bool


async def news_in(session: AsyncSession, issues: Collection[int], *, since: int) -> list[News]:
    """Return what came in these issues after the id ``since``, oldest first; one query."""
    query = (
        select(Post.space_id, Post.id, visible_to(ANYONE))
        .where(Post.space_id.in_(issues), Post.id > since, Post.deleted_at.is_(None), _IS_FOR_THE_ISSUE)
        .order_by(Post.id.desc())
        .limit(MOST_NEWS)
    )
    rows = (await session.execute(query)).all()
    return [News(space, post, bool(for_all)) for space, post, for_all in reversed(rows) if space is not None]


async def news_for(session: AsyncSession, viewer: Viewer, issue_id: int, *, since: int) -> list[int]:
    """Return the ids of what came in an issue after ``since`` and this viewer may see, oldest first; one query."""
    query = (
        select(Post.id)
        .where(Post.space_id == issue_id, Post.id > since, visible_to(viewer), _IS_FOR_THE_ISSUE)
        .order_by(Post.id.desc())
        .limit(MOST_NEWS)
    )
    return sorted(await session.scalars(query))


async def newest_for(session: AsyncSession, viewer: Viewer, issue_id: int) -> int:
    """Return the id of the newest post in an issue that the viewer may see, 0 when there is none; one query."""
    return await session.scalar(_newest(viewer.given), {"issue": issue_id, **viewer.ids}) or 0


async def seen_by(session: AsyncSession, viewer: Viewer, posts: Collection[int]) -> set[int]:
    """Return those of the posts that the viewer may see; one query."""
    return set(await session.scalars(select(Post.id).where(Post.id.in_(posts), visible_to(viewer))))


async def phases_of(session: AsyncSession, issues: Collection[int]) -> Mapping[int, Phase]:
    """Return the phases that these issues are in; one query."""
    rows = await session.execute(select(Issue.actor_id, Issue.phase).where(Issue.actor_id.in_(issues)))
    return {row.actor_id: row.phase for row in rows}


@cache
def _newest(viewer: Given) -> Select[int]:
    in_issue = select(Post.id).where(Post.space_id == bindparam("issue"), visible_to(viewer), _IS_FOR_THE_ISSUE)
    return in_issue.order_by(Post.id.desc()).limit(1)
