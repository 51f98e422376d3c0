"""The tables of posts: what somebody said, local or remote, and who reacted to it how."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import PostKind
from federation.audience import Visibility


class Post(Base):
    """What somebody said. ``content`` is clean HTML; ``source`` is the Markdown of our own people.

    ``space_id`` is the issue or network in which it was said; ``thread_id`` the first post of its
    thread (its own id for a first post). A withdrawn post keeps its row as a tombstone:
    ``deleted_at`` is set and its text is gone, so that a late or repeated Create finds it.
    """

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(Text, unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    kind: Mapped[PostKind]
    type: Mapped[str] = mapped_column(String(20))
    """The ActivityStreams type it came or goes as: Note, Article, Question, Event, Page."""
    name: Mapped[str] = mapped_column(Text, default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(35))
    perspective: Mapped[str | None] = mapped_column(String(200))
    """From which perspective its author chose to speak: a label of what is said, never of the person."""
    url: Mapped[str] = mapped_column(Text, default="")
    sensitive: Mapped[bool] = mapped_column(default=False)
    visibility: Mapped[Visibility]
    space_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    thread_id: Mapped[int]
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"), index=True)
    reply_to_uri: Mapped[str | None] = mapped_column(Text)
    is_local: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    """When a moderator decided that it is not shown here; what is ours is withdrawn instead."""
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_posts_author_id_id", "author_id", "id"),
        # With all that is asked of the posts of an issue to count those that somebody may see: none of them is read.
        Index("ix_posts_space_id_id", "space_id", "id", "kind", "visibility", "author_id", "deleted_at", "hidden_at"),
        Index("ix_posts_kind_id", "kind", "id", sqlite_where=text("kind <> 'contribution'"),
              postgresql_where=text("kind <> 'contribution'")),
        Index("ix_posts_thread_id_id", "thread_id", "id"),
        Index("ix_posts_perspective", "space_id", "perspective", sqlite_where=text("perspective IS NOT NULL"),
              postgresql_where=text("perspective IS NOT NULL")),
        # Answers that came before what they answer find it by this when it arrives.
        Index("ix_posts_orphans", "reply_to_uri", sqlite_where=text("reply_to_id IS NULL AND reply_to_uri IS NOT NULL"),
              postgresql_where=text("reply_to_id IS NULL AND reply_to_uri IS NOT NULL")),
    )  # fmt: skip


def is_a(kind: PostKind) -> ColumnElement[bool]:
    """Return the condition that a post is of a kind, which is not the contribution's: those have no index of kind."""
    # Written out: of a parameter SQLite does not know whether that index will do.
    contribution = bindparam(None, PostKind.CONTRIBUTION, type_=Post.kind.type, literal_execute=True)
    return and_(Post.kind == kind, Post.kind != contribution)


class Mention(Base):
    """A post names an actor: it is addressed to it, and a direct post is seen by those alone."""

    __tablename__ = "mentions"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True)


class PostTheme(Base):
    """A post carries a theme or another hashtag, in lower case without the sign."""

    __tablename__ = "post_themes"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    theme: Mapped[str] = mapped_column(String(100), primary_key=True, index=True)


class Reaction(Base):
    """An actor likes a post, or passes it on. ``kind`` is ``like`` or ``announce``."""

    __tablename__ = "reactions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    uri: Mapped[str] = mapped_column(Text, index=True)
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("post_id", "kind", "actor_id"),)


class Featured(Base):
    """An actor shows a post at the top of its page (its `featured` collection)."""

    __tablename__ = "featured"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]


class Tombstone(Base):
    """An object that was deleted before we ever saw it: its late Create has no effect (promise P4).

    It counts for who deleted it alone: a neighbour on the same server can delete nothing of another's.
    """

    __tablename__ = "tombstones"

    uri: Mapped[str] = mapped_column(Text, primary_key=True)
    actor_uri: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class PollOption(Base):
    """One answer that a poll offers; ``votes`` as its author last counted them."""

    __tablename__ = "poll_options"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    votes: Mapped[int] = mapped_column(default=0)


class Meeting(Base):
    """The date and place of a meeting."""

    __tablename__ = "meetings"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    location: Mapped[str] = mapped_column(Text, default="")
