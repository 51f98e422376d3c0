"""The tables of issues. An issue is an actor; what only an issue has stands here."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import Phase


class Issue(Base):
    """A social question that people follow, discuss and take a role in; ours or another instance's.

    ``host_id`` is the organisation that answers for it. ``feedback_by`` is the promised date: a
    conversation past it without an outcome is a debt that shows.
    """

    __tablename__ = "issues"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    question: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text, default="")
    phase: Mapped[Phase]
    place: Mapped[str | None] = mapped_column(Text)
    """TOOI identifier of the municipality, as a URI."""
    perspectives_needed: Mapped[list[str]] = mapped_column(JSON, default=list)
    feedback_by: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(35), default="nl")
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    """When what one of ours says was last changed, apart from its phase."""
    perspectives_present: Mapped[list[str] | None] = mapped_column(JSON)
    """Of an issue elsewhere: from which perspectives people take part, as it says itself."""

    # Lists are read from these in their order.
    __table_args__ = (
        Index("ix_issues_phase_actor_id", "phase", "actor_id"),
        Index("ix_issues_host_id_actor_id", "host_id", "actor_id"),
        Index("ix_issues_phase_feedback_by", "phase", "feedback_by"),
    )


class IssueTheme(Base):
    """An issue is about a theme."""

    __tablename__ = "issue_themes"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.actor_id", ondelete="CASCADE"), primary_key=True)
    theme: Mapped[str] = mapped_column(String(60), primary_key=True)

    __table_args__ = (Index("ix_issue_themes_theme_issue_id", "theme", "issue_id"),)


class PhaseChange(Base):
    """An issue entered a phase: when, who moved it, and why.

    A change is told apart by its issue, its phase and its moment, so that of another instance it is stored once.
    """

    __tablename__ = "phase_changes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.actor_id", ondelete="CASCADE"), index=True)
    phase: Mapped[Phase]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    """The post with which the host of one of ours told of it."""


class Promise(Base):
    """A date of feedback was promised, or moved: ``previous`` is the date before. What was promised stays visible."""

    __tablename__ = "promises"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.actor_id", ondelete="CASCADE"), index=True)
    feedback_by: Mapped[datetime]
    previous: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    at: Mapped[datetime]
