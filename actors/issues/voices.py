"""Which perspectives are present in the conversation on an issue, and so: which voices are missing.

A perspective is a label of an issue, of a role on it and of what somebody says; never of a person who did not choose
it themselves.
"""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from actors.issues.tables import Issue
from actors.posts.tables import Post
from actors.roles.queries import perspectives_of_roles
from actors.visibility import ANYONE, visible_to


async def perspectives_present(session: AsyncSession, issue_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Return by issue: from which perspectives people take part, each with how many spoke from it; three queries.

    It counts what everyone may read. From that of a role somebody takes part, if they let it be shown, also before
    they say anything (0). Of an issue elsewhere its own server knows of more: a perspective that it
    calls present is, also where nobody is known here who spoke from it (0).
    """
    present: dict[int, dict[str, int]] = defaultdict(dict)
    if not issue_ids:
        return present
    spoken = (
        select(Post.space_id, Post.perspective, func.count(distinct(Post.author_id)))
        .where(among(session, Post.space_id, issue_ids), Post.perspective.is_not(None), visible_to(ANYONE))
        .group_by(Post.space_id, Post.perspective)
    )
    for issue_id, perspective, people in await session.execute(spoken):
        if issue_id is not None and perspective is not None:
            present[issue_id][perspective] = people
    claimed = select(Issue.actor_id, Issue.perspectives_present).where(
        among(session, Issue.actor_id, issue_ids), Issue.perspectives_present.is_not(None)
    )
    for issue_id, perspectives in await session.execute(claimed):
        for perspective in perspectives or ():
            present[issue_id].setdefault(perspective, 0)
    for issue_id, held in (await perspectives_of_roles(session, issue_ids)).items():
        for perspective in held:
            present[issue_id].setdefault(perspective, 0)
    return present
