"""Conversations as pages show them: threads of posts, and what stands where something was withdrawn.

A conversation is paged by thread, the newest first, by the id of its first post: what comes in
meanwhile shifts nothing. A thread comes whole, up to a cap; the rest stands on its own page. What
was withdrawn leaves a trace only where an answer to it still stands, and only when everyone could
read it: that somebody spoke among members is itself among members.

Each function takes a fixed number of queries, however much was said.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.kinds import PostKind
from actors.knowledge.tables import Answer
from actors.media.tables import Attachment
from actors.posts.detail import PostDetail, details
from actors.posts.tables import Meeting, PollOption, Post
from actors.visibility import Given, Viewer, is_gone, is_open, visible_to, with_traces

THREADS_A_PAGE: Final = 10
ANSWERS_A_THREAD: Final = 50
POSTS_A_PAGE: Final = 100
_LAST: Final = 2**63 - 1
_answer = aliased(Post)
_IN_CONVERSATION: Final = (PostKind.CONTRIBUTION, PostKind.POLL, PostKind.MEETING)
"""Kinds that stand in the conversation; knowledge and outcomes have places of their own."""


@dataclass(frozen=True)
class Said:
    """A post in its place: ``depth`` 0 for the first of a thread, 1 for an answer to it, and so on."""

    post: Post
    detail: PostDetail | None
    """None for what was withdrawn, or may not be shown any more."""
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
    """Return a page of what was said in an issue or network; at most six queries."""
    wanted = {"space": space_id, "before": before or _LAST, "most": limit + 1, **viewer.ids}
    found = (await session.execute(_first_posts(viewer.given), wanted)).all()
    older = found[limit - 1][0].id if len(found) > limit else None
    found = found[:limit]
    answers: dict[int, list[Post]] = defaultdict(list)
    authors = {post.id: author for post, author in found}
    if found:
        begun = {"threads": [post.id for post, _ in found], **viewer.ids}
        rows = await session.execute(_first_answers(viewer.given), begun)
        for post, author in rows:
            answers[post.thread_id].append(post)
            authors[post.id] = author
    said = [post for post, _ in found] + [post for posts in answers.values() for post in posts]
    detailed = await _voices(session, said, authors)
    threads = [
        thread
        for post, _ in found
        if (thread := _thread(post, answers[post.id][:ANSWERS_A_THREAD], detailed, len(answers[post.id])))
    ]
    return Conversation(threads, older)


async def thread_of(
    session: AsyncSession, viewer: Viewer, post: Post, *, after: int | None = None, limit: int = POSTS_A_PAGE
) -> tuple[Thread, int | None]:
    """Return the thread that a post stands in, always with its first post and with this one.

    ``after`` pages through a long one; the second value is where the next page begins. The post
    itself comes with all its details; at most eighteen queries.
    """
    wanted = {
        "thread": post.thread_id, "post": post.id, "after": after or 0, "most": limit + 1, **viewer.ids,
    }  # fmt: skip
    rows = sorted((await session.execute(_whole_thread(viewer.given), wanted)).all(), key=lambda row: row[0].id)
    authors = {found.id: author for found, author in rows}
    # The first post and the one asked for come with every page, whatever their place.
    always = {post.thread_id, post.id}
    paged = [found.id for found, _ in rows if found.id not in always]
    following = paged[limit - 1] if len(paged) > limit else None
    shown = always.union(paged[:limit])
    posts = [found for found, _ in rows if found.id in shown]
    root = next((found for found in posts if found.id == post.thread_id), post)
    rest = [found for found in posts if found is not root]
    detailed = await _voices(session, [found for found in posts if found.id != post.id], authors)
    detailed |= {detail.post.id: detail for detail in await details(session, [post])}
    thread = _thread(root, rest, detailed, len(rest)) or Thread([Said(post, detailed[post.id])])
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
    wanted = {"author": author_id, "before": before or _LAST, "most": limit, **viewer.ids}
    return await details(session, list(await session.scalars(_posts_by(viewer.given), wanted)))


async def posts_at(session: AsyncSession, viewer: Viewer, uris: Collection[str]) -> dict[str, tuple[Post, Actor]]:
    """Return posts that the viewer may see, with their authors, by URI; one query."""
    if not uris:
        return {}
    rows = await session.execute(
        select(Post, Actor).join(Actor, Actor.id == Post.author_id).where(Post.uri.in_(list(uris)), visible_to(viewer))
    )
    return {post.uri: (post, author) for post, author in rows}


# Putting a statement together costs as much as running it. What differs from one request to the next is a
# parameter, also who is looking, so that each is put together twice: for anyone, and for who is known.
@cache
def _first_posts(viewer: Given) -> Select[Post, Actor]:
    return (
        select(Post, Actor)
        .join(Actor, Actor.id == Post.author_id)
        .where(
            Post.space_id == bindparam("space"),
            Post.id == Post.thread_id,
            Post.kind.in_(_IN_CONVERSATION),
            Post.id < bindparam("before"),
            with_traces(viewer),
            # So that a page of spam that was dealt with is no empty page.
            or_(_stands(), exists().where(_answer.thread_id == Post.id, _answer.id != Post.id)),
        )
        .order_by(Post.id.desc())
        .limit(bindparam("most"))
    )


@cache
def _posts_by(viewer: Given) -> Select[Post]:
    return (
        select(Post)
        .where(
            Post.author_id == bindparam("author"),
            Post.id < bindparam("before"),
            Post.kind != PostKind.ANSWER,
            visible_to(viewer),
        )
        .order_by(Post.id.desc())
        .limit(bindparam("most"))
    )


def _stands() -> ColumnElement[bool]:
    return and_(Post.deleted_at.is_(None), Post.hidden_at.is_(None), Actor.suspended_at.is_(None))


@cache
def _first_answers(viewer: Given) -> Select[Post, Actor]:
    place = func.row_number().over(partition_by=Post.thread_id, order_by=Post.id).label("place")
    ranked = (
        select(Post.id, place)
        .where(
            Post.thread_id.in_(bindparam("threads", expanding=True)),
            Post.id != Post.thread_id,
            with_traces(viewer),
        )
        .subquery()
    )
    return (
        select(Post, Actor)
        .join(Actor, Actor.id == Post.author_id)
        .join(ranked, and_(ranked.c.id == Post.id, ranked.c.place <= ANSWERS_A_THREAD + 1))
        .order_by(Post.id)
    )


@cache
def _whole_thread(viewer: Given) -> Select[Post, Actor]:
    always = Post.id.in_([bindparam("thread"), bindparam("post")])
    return (
        select(Post, Actor)
        .join(Actor, Actor.id == Post.author_id)
        .where(
            Post.thread_id == bindparam("thread"),
            or_(Post.id > bindparam("after"), always),
            or_(Post.kind != PostKind.ANSWER, always),
            with_traces(viewer),
        )
        # Two come on top of the page, wherever they stand in it.
        .order_by(case((always, 0), else_=1), Post.id)
        .limit(bindparam("most") + 2)
    )


_ATTACHED: Final = (
    select(Attachment)
    .where(Attachment.post_id.in_(bindparam("posts", expanding=True)))
    .order_by(Attachment.post_id, Attachment.position)
)
_ANSWERED: Final = select(Answer).where(Answer.contribution_uri.in_(bindparam("uris", expanding=True)))
_OFFERED: Final = (
    select(PollOption)
    .where(PollOption.post_id.in_(bindparam("posts", expanding=True)))
    .order_by(PollOption.post_id, PollOption.position)
)
_MEETINGS: Final = select(Meeting).where(Meeting.post_id.in_(bindparam("posts", expanding=True)))


async def _voices(session: AsyncSession, posts: Sequence[Post], authors: Mapping[int, Actor]) -> dict[int, PostDetail]:
    """Return of each post what a conversation prints: not who it names, its themes or how it was liked."""
    found = {post.id: PostDetail(post, authors[post.id]) for post in posts if not is_gone(post, authors[post.id])}
    if not found:
        return found
    by_uri = {detail.post.uri: detail for detail in found.values()}
    for attachment in await session.scalars(_ATTACHED, {"posts": list(found)}):
        found[attachment.post_id].attachments.append(attachment)
    for answer in await session.scalars(_ANSWERED, {"uris": list(by_uri)}):
        by_uri[answer.contribution_uri].answered_by.append(answer)
    polls = [post_id for post_id, detail in found.items() if detail.post.kind is PostKind.POLL]
    if polls:
        for option in await session.scalars(_OFFERED, {"posts": polls}):
            found[option.post_id].options.append(option)
    meetings = [post_id for post_id, detail in found.items() if detail.post.kind is PostKind.MEETING]
    if meetings:
        for meeting in await session.scalars(_MEETINGS, {"posts": meetings}):
            found[meeting.post_id].meeting = meeting
    return found


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
