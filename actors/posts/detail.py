"""Posts with everything that pages and documents show beside them, in a fixed number of queries.

However many posts are asked for, the queries are the same: one each for people and places, names,
attachments, themes, reactions, answers and the rest. Pages, ActivityStreams and, later, the client
API all start from a `PostDetail`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.tables import Meeting, Mention, PollOption, Post, PostTheme, Reaction


@dataclass
class PostDetail:
    """A post and what belongs to it."""

    post: Post
    author: Actor
    space: Actor | None = None
    reply_to_uri: str | None = None
    mentions: list[Actor] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    themes: list[str] = field(default_factory=list)
    likes: int = 0
    announces: int = 0
    replies: int = 0
    product: KnowledgeProduct | None = None
    issues: list[Actor] = field(default_factory=list)
    """The issues that a knowledge product is of use for."""
    answers: list[Answer] = field(default_factory=list)
    """What an outcome says of contributions."""
    answered_by: list[Answer] = field(default_factory=list)
    """What outcomes say of this contribution."""
    options: list[PollOption] = field(default_factory=list)
    meeting: Meeting | None = None


async def details(session: AsyncSession, posts: Sequence[Post]) -> list[PostDetail]:
    """Return the details of posts, in their order."""
    if not posts:
        return []
    ids = [post.id for post in posts]
    mentions: dict[int, list[int]] = defaultdict(list)
    for post_id, actor_id in await session.execute(
        select(Mention.post_id, Mention.actor_id).where(Mention.post_id.in_(ids))
    ):
        mentions[post_id].append(actor_id)
    about: dict[int, list[int]] = defaultdict(list)
    for post_id, issue_id in await session.execute(
        select(KnowledgeIssue.post_id, KnowledgeIssue.issue_id).where(KnowledgeIssue.post_id.in_(ids))
    ):
        about[post_id].append(issue_id)
    wanted = {post.author_id for post in posts} | {post.space_id for post in posts if post.space_id}
    wanted.update(actor for named in mentions.values() for actor in named)
    wanted.update(issue for issues in about.values() for issue in issues)
    actors = {actor.id: actor for actor in await session.scalars(select(Actor).where(Actor.id.in_(wanted)))}

    found = {
        post.id: PostDetail(
            post,
            actors[post.author_id],
            actors.get(post.space_id) if post.space_id else None,
            post.reply_to_uri,
            mentions=[actors[actor] for actor in mentions[post.id]],
            issues=[actors[issue] for issue in about[post.id]],
        )
        for post in posts
    }
    await _add_attached(session, found)
    await _add_counts(session, found)
    await _add_answers(session, found)
    return [found[post.id] for post in posts]


async def _add_attached(session: AsyncSession, found: dict[int, PostDetail]) -> None:
    ids = list(found)
    for attachment in await session.scalars(
        select(Attachment).where(Attachment.post_id.in_(ids)).order_by(Attachment.post_id, Attachment.position)
    ):
        found[attachment.post_id].attachments.append(attachment)
    for post_id, theme in await session.execute(
        select(PostTheme.post_id, PostTheme.theme).where(PostTheme.post_id.in_(ids)).order_by(PostTheme.theme)
    ):
        found[post_id].themes.append(theme)
    for option in await session.scalars(
        select(PollOption).where(PollOption.post_id.in_(ids)).order_by(PollOption.post_id, PollOption.position)
    ):
        found[option.post_id].options.append(option)
    for meeting in await session.scalars(select(Meeting).where(Meeting.post_id.in_(ids))):
        found[meeting.post_id].meeting = meeting
    for product in await session.scalars(select(KnowledgeProduct).where(KnowledgeProduct.post_id.in_(ids))):
        found[product.post_id].product = product


async def _add_counts(session: AsyncSession, found: dict[int, PostDetail]) -> None:
    ids = list(found)
    for post_id, kind, count in await session.execute(
        select(Reaction.post_id, Reaction.kind, func.count())
        .where(Reaction.post_id.in_(ids))
        .group_by(Reaction.post_id, Reaction.kind)
    ):
        if kind == "like":
            found[post_id].likes = count
        else:
            found[post_id].announces = count
    for answered_id, count in await session.execute(
        select(Post.reply_to_id, func.count())
        .where(Post.reply_to_id.in_(ids), Post.deleted_at.is_(None))
        .group_by(Post.reply_to_id)
    ):
        if answered_id is not None:
            found[answered_id].replies = count


async def _add_answers(session: AsyncSession, found: dict[int, PostDetail]) -> None:
    by_uri = {detail.post.uri: detail for detail in found.values()}
    query = select(Answer).where(Answer.outcome_id.in_(list(found)) | Answer.contribution_uri.in_(list(by_uri)))
    for answer in await session.scalars(query):
        if answer.outcome_id in found:
            found[answer.outcome_id].answers.append(answer)
        if answer.contribution_uri in by_uri:
            by_uri[answer.contribution_uri].answered_by.append(answer)
