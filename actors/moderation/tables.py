"""The tables of moderation: reports, what was decided, and the follows that a blocked server ended."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.moderation.kinds import Act, Category, ReportState


class Report(Base):
    """Somebody says that something is wrong with an actor, or with what it said.

    ``reporter_id`` is a person here, or the actor of another server that sent a Flag. ``decision_id`` is set on an
    objection: the decision that its author wants looked at again.
    """

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    about_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    category: Mapped[Category]
    comment: Mapped[str] = mapped_column(Text, default="")
    forwarded_at: Mapped[datetime | None]
    """When the server of whom it is about was told."""
    state: Mapped[ReportState] = mapped_column(default=ReportState.OPEN)
    assigned_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    handled_at: Mapped[datetime | None]
    act: Mapped[Act | None]
    """What was decided."""
    note: Mapped[str] = mapped_column(Text, default="")
    """What moderators want each other to know; nobody else reads it."""
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_reports_state_id", "state", "id"),)


class ReportedPost(Base):
    """A post that a report is about."""

    __tablename__ = "reported_posts"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True)


class Decision(Base):
    """What a moderator decided about an actor, with the reason that it was told."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    about_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    act: Mapped[Act]
    reason: Mapped[str] = mapped_column(Text, default="")
    posts: Mapped[int] = mapped_column(default=0)
    """How many posts were withdrawn."""
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_decisions_about_id_id", "about_id", "id"),)


class EndedFollow(Base):
    """A follow between somebody here and somebody of a server that was blocked, kept so that the person can be told."""

    __tablename__ = "ended_follows"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    domain: Mapped[str] = mapped_column(String(300))
    """The server that was blocked."""
    local_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    remote_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    was_followed: Mapped[bool]
    """Whether the person here followed the other, rather than the other way round."""
    ended_at: Mapped[datetime]
