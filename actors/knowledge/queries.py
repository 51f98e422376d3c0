"""What pages ask about knowledge products and outcomes, each in a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.instances.queries import shown_unasked
from actors.issues.tables import Issue
from actors.kinds import ActorKind, IssueRole, KnowledgeKind, PostKind, Verdict
from actors.knowledge.outcome_tables import OutcomeStep
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.tables import Post, PostTheme, is_a
from actors.roles.kinds import PUBLIC_STATES
from actors.roles.tables import RoleOnIssue
from actors.visibility import Given, Viewer, listed_to, visible_to

_author = aliased(Actor)
"""Who wrote an outcome, beside the `Actor` that is its issue."""


@dataclass(frozen=True)
class ProductFilter:
    """Which knowledge products are asked for; what is None does not matter."""

    kind: KnowledgeKind | None = None
    theme: str | None = None
    domain: str | None = None
    author_id: int | None = None


@dataclass(frozen=True)
class ProductCard:
    """A knowledge product as it stands in a list."""

    post: Post
    author: Actor
    product: KnowledgeProduct
    themes: list[str] = field(default_factory=list)
    documents: int = 0
    cover: Attachment | None = None


@dataclass(frozen=True)
class OutcomeCard:
    """An outcome as it stands in a list: for which issue, and how often what was done."""

    post: Post
    author: Actor
    issue: Actor
    verdicts: dict[Verdict, int] = field(default_factory=dict)


async def list_products(
    session: AsyncSession, viewer: Viewer, wanted: ProductFilter, *, before: int | None = None, limit: int = 20
) -> list[ProductCard]:
    """Return knowledge products, newest first; three queries."""
    filters = {"kind": wanted.kind, "theme": wanted.theme, "domain": wanted.domain, "author": wanted.author_id}
    asked = {name: value for name, value in {**filters, "before": before}.items() if value is not None}
    query = _products(viewer.given, frozenset(asked))
    rows = (await session.execute(query, {**asked, "most": limit, **viewer.ids})).all()
    if not rows:
        return []
    ids = {"posts": [post.id for post, _, _ in rows]}
    themes: dict[int, list[str]] = defaultdict(list)
    for post_id, theme in await session.execute(_THEMES, ids):
        themes[post_id].append(theme)
    attached = (await session.scalars(_ATTACHED, ids)).all()
    documents = Counter(one.post_id for one in attached if not one.is_cover)
    covers = {one.post_id: one for one in attached if one.is_cover}
    return [
        ProductCard(post, by, product, themes[post.id], documents[post.id], covers.get(post.id))
        for post, by, product in rows
    ]


async def products_for(session: AsyncSession, viewer: Viewer, issue_id: int, *, limit: int = 12) -> list[ProductCard]:
    """Return knowledge products that are of use for an issue, newest first, without their themes; one query."""
    wanted = {"issue": issue_id, "most": limit, **viewer.ids}
    rows = await session.execute(_of_use(viewer.given), wanted)
    return [ProductCard(post, author, product) for post, author, product in rows]


async def list_outcomes(session: AsyncSession, viewer: Viewer, *, limit: int = 5) -> list[OutcomeCard]:
    """Return the newest outcomes of all issues that we show; two queries."""
    rows = await session.execute(_newest_outcomes(viewer.given), {"most": limit, **viewer.ids})
    return await _outcome_cards(session, rows.all())


async def outcomes_of(session: AsyncSession, viewer: Viewer, issue_id: int, *, limit: int = 5) -> list[OutcomeCard]:
    """Return the outcomes of an issue, newest first; two queries."""
    wanted = {"issue": issue_id, "most": limit, **viewer.ids}
    rows = await session.execute(_outcomes_of(viewer.given), wanted)
    return await _outcome_cards(session, rows.all())


async def _outcome_cards(session: AsyncSession, rows: Sequence[tuple[Post, Actor, Actor]]) -> list[OutcomeCard]:
    if not rows:
        return []
    verdicts: dict[int, dict[Verdict, int]] = defaultdict(dict)
    for outcome_id, verdict, count in await session.execute(_VERDICTS, {"posts": [post.id for post, _, _ in rows]}):
        verdicts[outcome_id][verdict] = count
    return [OutcomeCard(post, by, issue, verdicts[post.id]) for post, by, issue in rows]


async def outcomes_that_answer(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> dict[int, Post]:
    """Return which of these outcomes the viewer may see, and come from who answers for the issue; one query."""
    if not ids:
        return {}
    found = await session.scalars(_that_answer(viewer.given), {"posts": list(ids), **viewer.ids})
    return {post.id: post for post in found}


async def steps_of_issue(
    session: AsyncSession, viewer: Viewer, issue_id: int, *, limit: int = 20
) -> list[tuple[OutcomeStep, Post]]:
    """Return what follows from the outcomes of an issue, what is not done first and by its date; one query."""
    wanted = {"issue": issue_id, "most": limit, **viewer.ids}
    return [(step, post) for step, post in await session.execute(_steps_of_issue(viewer.given), wanted)]


def answers_for_issue() -> ColumnElement[bool]:
    """Return the condition, on an outcome's author, `Issue` and its `Actor`, that the author may give feedback.

    That is the issue's host, an organisation that holds the role of host, or the issue itself; where we do not know
    its host, anyone of its server.
    """
    co_hosts = exists().where(
        RoleOnIssue.issue_id == Issue.actor_id,
        RoleOnIssue.actor_id == _author.id,
        RoleOnIssue.role == IssueRole.HOST,
        # What somebody told while they hosted stands when they have left, in good order.
        RoleOnIssue.state.in_(PUBLIC_STATES),
        _author.kind == ActorKind.ORGANISATION,
    )
    return or_(
        co_hosts,
        _author.id == Issue.host_id,
        _author.id == Issue.actor_id,
        and_(Issue.host_id.is_(None), _author.domain == Actor.domain),
    )


@cache
def _steps_of_issue(viewer: Given) -> Select[OutcomeStep, Post]:
    return (
        select(OutcomeStep, Post)
        .join(Post, Post.id == OutcomeStep.outcome_id)
        .join(_author, _author.id == Post.author_id)
        .join(Actor, Actor.id == Post.space_id)
        .join(Issue, Issue.actor_id == Actor.id)
        .where(Post.space_id == bindparam("issue"), is_a(PostKind.OUTCOME), answers_for_issue(), visible_to(viewer))
        .order_by(OutcomeStep.done_at.is_not(None), OutcomeStep.due_at.is_(None), OutcomeStep.due_at, OutcomeStep.id)
        .limit(bindparam("most"))
    )


# As in `actors.posts.queries`: who is looking, and what is asked for, are parameters.
@cache
def _of_use(viewer: Given) -> Select[Post, Actor, KnowledgeProduct]:
    return (
        select(Post, Actor, KnowledgeProduct)
        .join(KnowledgeIssue, KnowledgeIssue.post_id == Post.id)
        .join(Actor, Actor.id == Post.author_id)
        .join(KnowledgeProduct, KnowledgeProduct.post_id == Post.id)
        .where(KnowledgeIssue.issue_id == bindparam("issue"), listed_to(viewer), shown_unasked())
        .order_by(Post.id.desc())
        .limit(bindparam("most"))
    )


@cache
def _outcomes_of(viewer: Given) -> Select[Post, Actor, Actor]:
    return (
        _outcomes()
        .where(visible_to(viewer), Post.space_id == bindparam("issue"))
        .order_by(Post.id.desc())
        .limit(bindparam("most"))
    )


@cache
def _newest_outcomes(viewer: Given) -> Select[Post, Actor, Actor]:
    listed = _outcomes().where(listed_to(viewer), shown_unasked())
    return listed.order_by(Post.id.desc()).limit(bindparam("most"))


@cache
def _that_answer(viewer: Given) -> Select[Post]:
    return (
        select(Post)
        .join(_author, _author.id == Post.author_id)
        .join(Actor, Actor.id == Post.space_id)
        .join(Issue, Issue.actor_id == Actor.id)
        .where(
            Post.id.in_(bindparam("posts", expanding=True)),
            Post.kind == PostKind.OUTCOME,
            answers_for_issue(),
            visible_to(viewer),
        )
    )


def _outcomes() -> Select[Post, Actor, Actor]:
    return (
        select(Post, _author, Actor)
        .join(_author, _author.id == Post.author_id)
        .join(Actor, Actor.id == Post.space_id)
        .join(Issue, Issue.actor_id == Actor.id)
        .where(is_a(PostKind.OUTCOME), answers_for_issue())
    )


_FILTERS: Final[Mapping[str, ColumnElement[bool]]] = {
    "kind": KnowledgeProduct.kind == bindparam("kind"),
    "theme": Post.id.in_(select(PostTheme.post_id).where(PostTheme.theme == bindparam("theme"))),
    "domain": Actor.domain == bindparam("domain"),
    "author": Post.author_id == bindparam("author"),
    "before": Post.id < bindparam("before"),
}


@cache
def _products(viewer: Given, asked: frozenset[str]) -> Select[Post, Actor, KnowledgeProduct]:
    return (
        select(Post, Actor, KnowledgeProduct)
        .join(Actor, Actor.id == Post.author_id)
        .join(KnowledgeProduct, KnowledgeProduct.post_id == Post.id)
        .where(is_a(PostKind.KNOWLEDGE), listed_to(viewer), shown_unasked())
        .where(*(condition for name, condition in _FILTERS.items() if name in asked))
        .order_by(Post.id.desc())
        .limit(bindparam("most"))
    )


_THEMES: Final = (
    select(PostTheme.post_id, PostTheme.theme)
    .where(PostTheme.post_id.in_(bindparam("posts", expanding=True)))
    .order_by(PostTheme.theme)
)
_ATTACHED: Final = select(Attachment).where(Attachment.post_id.in_(bindparam("posts", expanding=True)))
_VERDICTS: Final = (
    select(Answer.outcome_id, Answer.verdict, func.count())
    .where(Answer.outcome_id.in_(bindparam("posts", expanding=True)))
    .group_by(Answer.outcome_id, Answer.verdict)
)
