"""Posts with everything that pages and documents show beside them, in a fixed number of queries.

However many posts are asked for, the queries are the same: one each for people and places, names,
attachments, themes, reactions, answers and the rest. Pages, ActivityStreams and, later, the client
API all start from a `PostDetail`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from actors.actor import Actor
from actors.among import among
from actors.database import Base
from actors.kinds import PostKind
from actors.knowledge.outcomes import OutcomeFacts, facts_of
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.tables import Meeting, Mention, PollOption, Post, PostTheme, Reaction
from actors.signals.tables import SignalPost
from actors.visibility import ANYONE, is_private, visible_to

Row = TypeVar("Row", bound=Base)
_KNOWLEDGE = {PostKind.KNOWLEDGE}


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
    facts: OutcomeFacts = field(default_factory=OutcomeFacts)
    """Of an outcome: its versions and what follows from it."""
    options: list[PollOption] = field(default_factory=list)
    meeting: Meeting | None = None
    signal: SignalPost | None = None
    """How a signal stood from this private word on."""


async def details(session: AsyncSession, posts: Sequence[Post]) -> list[PostDetail]:
    """Return the details of posts, in their order.

    What only one kind of post has is asked for when a post of that kind is among them.
    """
    if not posts:
        return []
    kinds = {post.kind for post in posts}
    ids = [post.id for post in posts]
    mentions = await _pairs(session, Mention.post_id, Mention.actor_id, ids)
    about = await _pairs(session, KnowledgeIssue.post_id, KnowledgeIssue.issue_id, ids) if _KNOWLEDGE & kinds else {}
    wanted = {post.author_id for post in posts} | {post.space_id for post in posts if post.space_id}
    wanted.update(actor for named in mentions.values() for actor in named)
    wanted.update(issue for issues in about.values() for issue in issues)
    query = select(Actor).where(among(session, Actor.id, wanted))
    actors = {actor.id: actor for actor in await session.scalars(query)}
    found = {
        post.id: PostDetail(
            post,
            actors[post.author_id],
            actors.get(post.space_id) if post.space_id else None,
            post.reply_to_uri,
            mentions=[actors[actor] for actor in mentions.get(post.id, ())],
            issues=[actors[issue] for issue in about.get(post.id, ())],
        )
        for post in posts
    }
    await _add_attached(session, found)
    if PostKind.KNOWLEDGE in kinds:
        for product in await session.scalars(_of(session, KnowledgeProduct, KnowledgeProduct.post_id, found)):
            found[product.post_id].product = product
    if PostKind.POLL in kinds:
        options = _of(session, PollOption, PollOption.post_id, found).order_by(PollOption.post_id, PollOption.position)
        for option in await session.scalars(options):
            found[option.post_id].options.append(option)
    if PostKind.MEETING in kinds:
        for meeting in await session.scalars(_of(session, Meeting, Meeting.post_id, found)):
            found[meeting.post_id].meeting = meeting
    if PostKind.OUTCOME in kinds:
        for outcome_id, facts in (await facts_of(session, found)).items():
            found[outcome_id].facts = facts
    if any(is_private(post.visibility) for post in posts):
        for part in await session.scalars(_of(session, SignalPost, SignalPost.post_id, found)):
            found[part.post_id].signal = part
    await _add_counts(session, found)
    await _add_answers(session, found)
    return [found[post.id] for post in posts]


async def _pairs(
    session: AsyncSession, key: InstrumentedAttribute[int], value: InstrumentedAttribute[int], ids: Collection[int]
) -> dict[int, list[int]]:
    pairs: dict[int, list[int]] = defaultdict(list)
    for post_id, other in await session.execute(select(key, value).where(among(session, key, ids))):
        pairs[post_id].append(other)
    return pairs


def _of(
    session: AsyncSession, table: type[Row], key: InstrumentedAttribute[int], found: Mapping[int, PostDetail]
) -> Select[Row]:
    return select(table).where(among(session, key, found))


async def _add_attached(session: AsyncSession, found: Mapping[int, PostDetail]) -> None:
    attachments = _of(session, Attachment, Attachment.post_id, found)
    for attachment in await session.scalars(attachments.order_by(Attachment.post_id, Attachment.position)):
        found[attachment.post_id].attachments.append(attachment)
    themes = select(PostTheme.post_id, PostTheme.theme).where(among(session, PostTheme.post_id, found))
    for post_id, theme in await session.execute(themes.order_by(PostTheme.theme)):
        found[post_id].themes.append(theme)


async def _add_counts(session: AsyncSession, found: Mapping[int, PostDetail]) -> None:
    for post_id, kind, count in await session.execute(
        select(Reaction.post_id, Reaction.kind, func.count())
        .where(among(session, Reaction.post_id, found))
        .group_by(Reaction.post_id, Reaction.kind)
    ):
        if kind == "like":
            found[post_id].likes = count
        else:
            found[post_id].announces = count
    for answered_id, count in await session.execute(
        select(Post.reply_to_id, func.count())
        .where(among(session, Post.reply_to_id, found), visible_to(ANYONE))
        .group_by(Post.reply_to_id)
    ):
        if answered_id is not None:
            found[answered_id].replies = count


async def _add_answers(session: AsyncSession, found: Mapping[int, PostDetail]) -> None:
    by_uri = {detail.post.uri: detail for detail in found.values()}
    query = select(Answer).where(
        or_(among(session, Answer.outcome_id, found), among(session, Answer.contribution_uri, by_uri))
    )
    for answer in await session.scalars(query):
        if answer.outcome_id in found:
            found[answer.outcome_id].answers.append(answer)
        if answer.contribution_uri in by_uri:
            by_uri[answer.contribution_uri].answered_by.append(answer)
