"""The one judge: may this viewer see this post?

Every way out asks here, in one of two forms that mean the same and are tested against each other:
`may_see` for one post in hand, `visible_to` as a filter inside a query. Nothing else in the house
compares a `Visibility`, and the client never decides.

Nobody sees what is withdrawn, what a moderator hid, or what a suspended actor said. Who may see the rest:

====================  ==========================================================
public, unlisted      everyone
followers             its author, whom it names, accepted followers of its author
members               its author, and members of the space in which it was said
direct                its author, and whom it names; who speaks for either of those
====================  ==========================================================

Whoever speaks for an organisation sees what is said between it and others in private, and nothing else that the
organisation might see: they are no member where it is, and follow nobody for it. A block counts for the one who is
blocked: who blocks an editor still speaks to the organisation.

Being named gives no sight of what was said among members: closed means closed. Whoever an author
has blocked sees that author's posts as a stranger does: the public ones. What a limited actor said is seen
as before, but stands in no list that nobody asked for by name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.database import Base
from actors.issues.tables import Issue
from actors.kinds import FollowState
from actors.posts.tables import Mention, Post
from actors.relations import Block, Follow, Membership
from actors.roles.kinds import PUBLIC_STATES
from actors.roles.tables import RoleOnIssue
from federation.audience import Visibility

_OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)
_author = aliased(Actor)
_NARROWING = (*_OPEN, Visibility.FOLLOWERS, Visibility.MEMBERS, Visibility.DIRECT)


@dataclass(frozen=True)
class Viewer:
    """Who is looking: an actor, local or known by its signature, or anyone (``actor_id`` None)."""

    actor_id: int | None = None
    speaks_for: int | None = None
    """The organisation in whose name they look; pages about what is addressed to it set this, and no others."""

    @property
    def given(self) -> "Given":
        """For which of the statements that are put together once they count."""
        return Given(self.actor_id is not None, self.speaks_for is not None)

    @property
    def ids(self) -> dict[str, int | None]:
        """The parameters of such a statement."""
        return {"viewer": self.actor_id, "organisation": self.speaks_for}


ANYONE = Viewer()


@dataclass(frozen=True)
class Given:
    """Who is looking, where a statement is put together once for all: anyone, or an actor.

    Which actor comes with each execution, as `Viewer.ids`; without them the statement fails.
    """

    is_known: bool
    is_for_organisation: bool = False

    @property
    def actor_id(self) -> BindParameter[int] | None:
        """Where the actor's id is to come."""
        return _VIEWER if self.is_known else None

    @property
    def speaks_for(self) -> BindParameter[int] | None:
        """Where the id of the organisation is to come in whose name they look."""
        return _ORGANISATION if self.is_for_organisation else None


_VIEWER: Final[BindParameter[int]] = bindparam("viewer", type_=Post.author_id.type)
_ORGANISATION: Final[BindParameter[int]] = bindparam("organisation", type_=Post.author_id.type)
_Who: TypeAlias = Viewer | Given


def visible_to(viewer: _Who) -> ColumnElement[bool]:
    """Return the condition on `Post` under which the viewer may see it."""
    suspended = _by(_author.suspended_at.is_not(None))
    return and_(Post.deleted_at.is_(None), Post.hidden_at.is_(None), ~suspended, _meant_for(viewer))


def with_traces(viewer: _Who) -> ColumnElement[bool]:
    """Return the condition under which a post has a place in a conversation: it is visible, or `is_gone`.

    Of what is gone no more than a trace may be shown. Whoever asks loads the authors as well.
    """
    return or_(Post.deleted_at.is_not(None), Post.hidden_at.is_not(None), _meant_for(viewer))


def listed_to(viewer: _Who) -> ColumnElement[bool]:
    """Return the condition under which a post may stand in lists that nobody asked for by name.

    What is unlisted can be read by everyone who has its address, and stands in its own
    conversation, but not on front pages, in search or in aggregation. So is what a limited actor said.
    """
    kept_apart = or_(Post.visibility == Visibility.UNLISTED, _by(_author.limited_at.is_not(None)))
    by_viewer = Post.author_id == viewer.actor_id if viewer.actor_id is not None else false()
    return and_(visible_to(viewer), or_(~kept_apart, by_viewer))


def is_gone(post: Post, author: Actor) -> bool:
    """Whether a post is nobody's to see any more, whatever its visibility."""
    return post.deleted_at is not None or post.hidden_at is not None or author.suspended_at is not None


async def may_see(session: AsyncSession, viewer: Viewer, post: Post) -> bool:
    """Whether the viewer may see this post."""
    if is_gone(post, await session.get_one(Actor, post.author_id)):
        return False
    if post.visibility in _OPEN:
        return True
    me = viewer.actor_id
    if me is None:
        return False
    if post.author_id == me or await _is_between(session, viewer.speaks_for, post):
        return True
    if await _holds(session, Block, actor_id=post.author_id, blocked_id=me):
        return False
    if post.visibility is Visibility.MEMBERS:
        return post.space_id is not None and await _holds(session, Membership, space_id=post.space_id, member_id=me)
    if await _holds(session, Mention, post_id=post.id, actor_id=me):
        return True
    return post.visibility is Visibility.FOLLOWERS and await _holds(
        session, Follow, follower_id=me, followee_id=post.author_id, state=FollowState.ACCEPTED
    )


def role_visible_to(sides: Collection[int]) -> ColumnElement[bool]:
    """Return the condition on `RoleOnIssue` under which those who speak for ``sides`` may see it.

    That somebody holds a role, or held it, everyone may know; that they were asked, or asked, its two sides alone:
    they, who offered it, and the organisation that answers for the issue.
    """
    hosted = select(Issue.actor_id).where(Issue.host_id.in_(sides))
    return or_(
        RoleOnIssue.state.in_(PUBLIC_STATES),
        RoleOnIssue.actor_id.in_(sides),
        RoleOnIssue.offered_by_id.in_(sides),
        RoleOnIssue.issue_id.in_(hosted),
    )


def is_open(visibility: Visibility) -> bool:
    """Whether everyone may see what carries this visibility: it may be cached and sent anywhere."""
    return visibility in _OPEN


def is_private(visibility: Visibility) -> bool:
    """Whether only those whom it names may see what carries this visibility: a private word."""
    return visibility is Visibility.DIRECT


def narrower(one: Visibility, other: Visibility) -> Visibility:
    """Return the one of two that fewer people see: an answer is never for more people than what it answers."""
    return max(one, other, key=_NARROWING.index)


def _meant_for(viewer: _Who) -> ColumnElement[bool]:
    open_to_all = Post.visibility.in_(_OPEN)
    if viewer.actor_id is None:
        return open_to_all
    me = viewer.actor_id
    named = exists().where(Mention.post_id == Post.id, Mention.actor_id == me)
    follows = exists().where(
        Follow.follower_id == me, Follow.followee_id == Post.author_id, Follow.state == FollowState.ACCEPTED
    )
    member = exists().where(Membership.space_id == Post.space_id, Membership.member_id == me)
    blocked = exists().where(Block.actor_id == Post.author_id, Block.blocked_id == me)
    return or_(
        open_to_all,
        Post.author_id == me,
        _private_to(viewer.speaks_for) if viewer.speaks_for is not None else false(),
        and_(Post.visibility == Visibility.MEMBERS, member, ~blocked),
        and_(Post.visibility == Visibility.DIRECT, named, ~blocked),
        and_(Post.visibility == Visibility.FOLLOWERS, or_(named, follows), ~blocked),
    )


def _private_to(organisation: int | BindParameter[int]) -> ColumnElement[bool]:
    named = exists().where(Mention.post_id == Post.id, Mention.actor_id == organisation)
    blocked = exists().where(Block.actor_id == Post.author_id, Block.blocked_id == organisation)
    return and_(Post.visibility == Visibility.DIRECT, or_(Post.author_id == organisation, and_(named, ~blocked)))


async def _is_between(session: AsyncSession, organisation: int | None, post: Post) -> bool:
    if organisation is None or post.visibility is not Visibility.DIRECT:
        return False
    if post.author_id == organisation:
        return True
    blocked = await _holds(session, Block, actor_id=post.author_id, blocked_id=organisation)
    return not blocked and await _holds(session, Mention, post_id=post.id, actor_id=organisation)


def _by(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # Those actors are few, and an index has them: they are listed once for a query, however many posts it looks at.
    return Post.author_id.in_(select(_author.id).where(condition))


async def _holds(session: AsyncSession, table: type[Base], **values: object) -> bool:
    condition = [getattr(table, column) == value for column, value in values.items()]
    return bool(await session.scalar(select(exists().where(*condition))))
