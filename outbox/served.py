"""Which of our activities anyone may read: they carry what was said, so the judge of posts has a say in them too."""

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import aliased

from actors.actor import Actor
from actors.posts.tables import Post
from actors.visibility import ANYONE, visible_to
from outbox.tables import Activity

_sender = aliased(Actor)


def served() -> ColumnElement[bool]:
    """Return the condition on `Activity` under which it stands in an outbox and is answered with.

    It was said in public, by somebody who is not suspended, and what it is about is withdrawn (a Delete says so)
    or may be seen by everyone.
    """
    suspended = exists().where(_sender.id == Activity.actor_id, _sender.suspended_at.is_not(None))
    kept_back = exists().where(Post.uri == Activity.object_uri, Post.deleted_at.is_(None), ~visible_to(ANYONE))
    return and_(Activity.is_public.is_(True), ~suspended, ~kept_back)
