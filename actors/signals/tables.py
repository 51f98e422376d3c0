"""The tables of signals. What is said in one are direct posts; here stands which belong together, and how it stands."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base


class SignalState(StrEnum):
    """How a signal stands."""

    NEW = "new"
    """It waits for an answer."""
    ANSWERED = "answered"
    AGENDA = "agenda"
    """An issue was made of it."""
    CLOSED = "closed"


class Signal(Base):
    """Somebody told an organisation what they noticed: one of ours, or somebody here another instance's.

    ``issue_uri`` is the issue that was made of it.
    """

    __tablename__ = "signals"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    from_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    state: Mapped[SignalState] = mapped_column(default=SignalState.NEW)
    assigned_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    issue_uri: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_signals_organisation_id_state_id", "organisation_id", "state", "id"),
        Index("ix_signals_from_id_id", "from_id", "id"),
    )


class SignalPost(Base):
    """A direct post is part of a signal. ``state`` is how the signal stood from then on, if that changed."""

    __tablename__ = "signal_posts"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    signal_id: Mapped[int] = mapped_column(ForeignKey("signals.id", ondelete="CASCADE"))
    state: Mapped[SignalState | None]
    issue_uri: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("signal_id", "post_id"),)
