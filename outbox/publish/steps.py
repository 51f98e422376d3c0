"""Following up an outcome: a step is done, or is not done after all, and those who follow its issue hear of it."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import FollowState
from actors.knowledge.outcome_tables import OutcomeStep
from actors.knowledge.outcomes import LONGEST_NOTE
from actors.notifying import tell
from actors.posts.store import PostRefused
from actors.posts.tables import Post
from actors.relations import Follow
from actors.sanitize import clean_line, is_storable
from actors.site import Site
from outbox.publish.contributions import hold_own, tell_of_edit

STEP_DONE: Final = "outcome-step"


async def mark_step(
    session: AsyncSession,
    site: Site,
    host: Actor,
    post: Post,
    step: OutcomeStep,
    *,
    done: bool,
    note: str,
    now: datetime,
) -> bool:
    """Note that a step of an outcome is done, or open again; False when nothing changed. Raises `PostRefused`."""
    await hold_own(session, host, post)
    await session.refresh(step, with_for_update=True)
    if len(note) > LONGEST_NOTE or not is_storable(note):
        raise PostRefused("note", f"a note is at most {LONGEST_NOTE} characters")
    note = clean_line(note, LONGEST_NOTE)
    if done is (step.done_at is not None) and note == step.note:
        return False
    is_news = done and step.done_at is None
    step.done_at = (step.done_at or now) if done else None
    step.note = note
    post.updated_at = now
    await tell_of_edit(session, site, post, now=now)
    if is_news and post.space_id is not None:
        query = select(Follow.follower_id).where(
            Follow.followee_id == post.space_id, Follow.state == FollowState.ACCEPTED
        )
        followers = list(await session.scalars(query))
        await tell(session, followers, STEP_DONE, by=host.id, about=post.space_id, thing=step.id, now=now)
    return True
