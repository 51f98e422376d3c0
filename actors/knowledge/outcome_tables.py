"""The tables of outcomes, besides the post and its answers: versions, follow-up steps, drafts, reminders."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import Verdict


class OutcomeRecord(Base):
    """An outcome as it stands now: which version it is, since when, and why it was corrected last."""

    __tablename__ = "outcomes"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")


class OutcomeVersion(Base):
    """An outcome as it stood before it was corrected.

    ``content`` is None when its server told of this version, and we never had it.
    """

    __tablename__ = "outcome_versions"

    outcome_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
    name: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    """What it said of contributions: their URI, the verdict and the reason."""


class OutcomeStep(Base):
    """What follows from an outcome: who does what, by when. ``number`` tells it apart within its outcome, for good."""

    __tablename__ = "outcome_steps"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    number: Mapped[int]
    what: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    reminded_at: Mapped[datetime | None]
    """When the people of the host were told that its date had passed."""

    __table_args__ = (
        UniqueConstraint("outcome_id", "number"),
        Index("ix_outcome_steps_late", "due_at", sqlite_where=text("done_at IS NULL AND reminded_at IS NULL"),
              postgresql_where=text("done_at IS NULL AND reminded_at IS NULL")),
    )  # fmt: skip


class OutcomeDraft(Base):
    """An outcome, or a correction of one, that is being written by those who speak for the host of an issue."""

    __tablename__ = "outcome_drafts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.actor_id", ondelete="CASCADE"), index=True)
    outcome_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), unique=True)
    """The outcome that it corrects; one correction of it is written at a time."""
    title: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(35), default="nl")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Of a correction: why."""
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """What follows: ``number`` of a step that is there already (or None), ``what``, ``who`` and ``day``."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))


class DraftAnswer(Base):
    """A contribution that was picked to be answered, and what is to be said of it."""

    __tablename__ = "draft_answers"

    draft_id: Mapped[int] = mapped_column(ForeignKey("outcome_drafts.id", ondelete="CASCADE"), primary_key=True)
    contribution_uri: Mapped[str] = mapped_column(Text, primary_key=True)
    verdict: Mapped[Verdict]
    reason: Mapped[str] = mapped_column(Text, default="")


class FeedbackReminder(Base):
    """The people of a host were reminded of a promised date; ``days`` before it, or after it when that is negative."""

    __tablename__ = "feedback_reminders"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.actor_id", ondelete="CASCADE"), primary_key=True)
    feedback_by: Mapped[datetime] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told_at: Mapped[datetime]
