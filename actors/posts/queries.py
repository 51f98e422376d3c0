"""Conversations as pages show them: threads of posts, and what stands where something was withdrawn.

A conversation is paged by thread, the newest first, by the id of its first post: what comes in
meanwhile shifts nothing. A thread comes whole, up to a cap; the rest stands on its own page. What
was withdrawn leaves a trace only where an answer to it still stands, and only when everyone could
read it: that somebody spoke among members is itself among members.

Each function takes a fixed number of queries, however much was said.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import PostKind
from actors.notifications import Notification
from actors.posts.detail import PostDetail, details
from actors.posts.tables import Post
from actors.visibility import Viewer, is_open, visible_to

THREADS_A_PAGE: Final = 20
ANSWERS_A_THREAD: Final = 50
POSTS_A_PAGE: Final = 100
_IN_CONVERSATION: Final = (PostKind.CONTRIBUTION, PostKind.POLL, PostKind.MEETING)
"""Kinds that stand in the conversation; knowledge and outcomes have places of their own."""


@dataclass(frozen=True)
class Said:
    """A post in its place: ``depth`` 0 for the first of a thread, 1 for an answer to it, and so on."""

    post: Post
    detail: PostDetail | None
    """None for what was withdrawn."""
    depth: int = 0


@dataclass(frozen=True)
class Thread:
    """A first post and the answers to it, each right after what it answers."""

    said: list[Said]
    is_cut: bool = False
    """Whether there are more answers than these."""

    @property
    def root(self) -> Said:
        """The post that began it."""
        return self.said[0]


@dataclass(frozen=True)
class Conversation:
    """A page of threads. ``older`` is where the next page begins, or None for the last one."""

    threads: list[Thread] = field(default_factory=list)
    older: int | None = None


async def conversation(
    session: AsyncSession, viewer: Viewer, space_id: int, *, before: int | None = None, limit: int = THREADS_A_PAGE
) -> Conversation:
    """Return a page of what was said in an issue or network; two queries and those of `details`."""
    query = (
        select(Post)
        .where(
            Post.space_id == space_id,
            Post.id == Post.thread_id,
            Post.kind.in_(_IN_CONVERSATION),
            _visible_or_withdrawn(viewer),
        )
        .order_by(Post.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(Post.id < before)
    roots = list(await session.scalars(query))
    older = roots[limit - 1].id if len(roots) > limit else None
    roots = roots[:limit]
    answers = await _first_answers(session, viewer, [root.id for root in roots])
    found = await _detailed(session, [*roots, *(post for posts in answers.values() for post in posts)])
    threads = [
        thread
        for root in roots
        if (thread := _thread(root, answers[root.id][:ANSWERS_A_THREAD], found, len(answers[root.id])))
    ]
    return Conversation(threads, older)


async def thread_of(
    session: AsyncSession, viewer: Viewer, post: Post, *, after: int | None = None, limit: int = POSTS_A_PAGE
) -> tuple[Thread, int | None]:
    """Return the thread that a post stands in, always with its first post and with this one.

    ``after`` pages through a long one; the second value is where the next page begins. Two queries
    and those of `details`.
    """
    query = (
        select(Post)
        .where(Post.thread_id == post.thread_id, Post.id != post.thread_id, _visible_or_withdrawn(viewer))
        .order_by(Post.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Post.id > after)
    answers = list(await session.scalars(query))
    following = answers[limit - 1].id if len(answers) > limit else None
    answers = answers[:limit]
    root = (
        post
        if post.id == post.thread_id
        else await session.scalar(select(Post).where(Post.id == post.thread_id, _visible_or_withdrawn(viewer)))
    )
    if post.id not in {answer.id for answer in answers} and post is not root:
        answers.insert(0, post)
    first, rest = (root, answers) if root is not None else (post, [answer for answer in answers if answer is not post])
    found = await _detailed(session, [first, *rest])
    thread = _thread(first, rest, found, len(rest)) or Thread([Said(first, found.get(first.id))])
    return thread, following


async def visible_post(session: AsyncSession, viewer: Viewer, post_id: int) -> Post | None:
    """Return a post that the viewer may see."""
    return (await session.scalars(select(Post).where(Post.id == post_id, visible_to(viewer)))).one_or_none()


async def was_withdrawn(session: AsyncSession, post_id: int) -> bool:
    """Whether a post that everyone could read was withdrawn."""
    post = await session.get(Post, post_id)
    return post is not None and post.deleted_at is not None and is_open(post.visibility)


async def posts_by(
    session: AsyncSession, viewer: Viewer, author_id: int, *, before: int | None = None, limit: int = 20
) -> list[PostDetail]:
    """Return what an actor said, newest first; one query and those of `details`."""
    query = select(Post).where(Post.author_id == author_id, visible_to(viewer)).order_by(Post.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Post.id < before)
    return await details(session, list(await session.scalars(query)))


async def posts_at(session: AsyncSession, viewer: Viewer, uris: Collection[str]) -> dict[str, tuple[Post, Actor]]:
    """Return posts that the viewer may see, with their authors, by URI; one query."""
    if not uris:
        return {}
    rows = await session.execute(
        select(Post, Actor).join(Actor, Actor.id == Post.author_id).where(Post.uri.in_(list(uris)), visible_to(viewer))
    )
    return {post.uri: (post, author) for post, author in rows}


async def notifications_of(
    session: AsyncSession, viewer: Viewer, *, before: int | None = None, limit: int = 30
) -> list[tuple[Notification, Actor, Post | None]]:
    """Return what the viewer should know, newest first, with who did it and the post; one query.

    What the viewer may no longer see, or was withdrawn, is left out.
    """
    query = (
        select(Notification, Actor, Post)
        .join(Actor, Actor.id == Notification.from_id)
        .outerjoin(Post, Post.id == Notification.post_id)
        .where(
            Notification.recipient_id == viewer.actor_id,
            or_(Notification.post_id.is_(None), visible_to(viewer)),
            Actor.suspended_at.is_(None),
        )
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Notification.id < before)
    return [(notification, actor, post) for notification, actor, post in await session.execute(query)]


async def mark_read(session: AsyncSession, viewer: Viewer, ids: Collection[int], *, now: datetime) -> None:
    """Note that the viewer has seen these notifications of theirs."""
    await session.execute(
        update(Notification)
        .where(
            Notification.id.in_(list(ids)),
            Notification.recipient_id == viewer.actor_id,
            Notification.read_at.is_(None),
        )
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )


def _visible_or_withdrawn(viewer: Viewer) -> ColumnElement[bool]:
    return or_(visible_to(viewer), Post.deleted_at.is_not(None))


async def _first_answers(session: AsyncSession, viewer: Viewer, roots: Sequence[int]) -> dict[int, list[Post]]:
    place = func.row_number().over(partition_by=Post.thread_id, order_by=Post.id).label("place")
    ranked = (
        select(Post.id, place)
        .where(Post.thread_id.in_(roots), Post.id.not_in(roots), _visible_or_withdrawn(viewer))
        .subquery()
    )
    query = (
        select(Post)
        .join(ranked, and_(ranked.c.id == Post.id, ranked.c.place <= ANSWERS_A_THREAD + 1))
        .order_by(Post.id)
    )
    answers: dict[int, list[Post]] = defaultdict(list)
    for post in await session.scalars(query):
        answers[post.thread_id].append(post)
    return answers


async def _detailed(session: AsyncSession, posts: Iterable[Post]) -> dict[int, PostDetail]:
    present = [post for post in posts if post.deleted_at is None]
    return {detail.post.id: detail for detail in await details(session, present)}


def _thread(root: Post, answers: Sequence[Post], found: dict[int, PostDetail], total: int) -> Thread | None:
    """Order a thread as people read it, or None when nothing of it is left to read."""
    below: dict[int, list[Post]] = defaultdict(list)
    known = {root.id, *(post.id for post in answers)}
    for post in answers:
        # What answers something that is not shown stands below the first post.
        parent = post.reply_to_id if post.reply_to_id in known and post.reply_to_id != post.id else root.id
        below[parent or root.id].append(post)
    ordered: list[Said] = []
    waiting = [(root, 0)]
    while waiting:
        post, depth = waiting.pop()
        ordered.append(Said(post, found.get(post.id), depth))
        waiting.extend((answer, depth + 1) for answer in reversed(below.pop(post.id, [])))
    # Posts of other servers can claim to answer each other in a circle: those stand at the end.
    ordered.extend(Said(post, found.get(post.id), 1) for posts in below.values() for post in posts)
    kept = _without_bare_traces(ordered)
    return Thread(kept, total > len(answers)) if kept else None


def _without_bare_traces(ordered: Sequence[Said]) -> list[Said]:
    kept: list[Said] = []
    # Read backwards, what is below a post comes right before it: a trace stays when that is deeper.
    for said in reversed(ordered):
        if said.detail is None:
            has_answers = bool(kept) and kept[-1].depth > said.depth
            if not has_answers or (not is_open(said.post.visibility) and said.depth > 0):
                continue
        kept.append(said)
    kept.reverse()
    return kept
