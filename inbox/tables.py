"""The table of what arrived: each activity once, stored before it is acknowledged."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base


class ArrivalState(StrEnum):
    """How an arrival stands."""

    WAITING = "waiting"
    DONE = "done"
    IGNORED = "ignored"
    REFUSED = "refused"
    FAILED = "failed"
    """Handling it failed again and again; kept with its body for the operator."""


class Arrival(Base):
    """An activity that a server sent us.

    ``fingerprint`` is SHA-256 over the actor's and the activity's ids: unique, so that a repeated
    delivery has no second effect, however late. The row of what had an effect stays; the body goes once it is handled,
    and what had none is let go of after a while (`inbox.caretaker`).
    """

    __tablename__ = "arrivals"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    body: Mapped[bytes | None]
    state: Mapped[ArrivalState] = mapped_column(default=ArrivalState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was ignored, refused or failed, in a line."""
    received_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_arrivals_waiting", "id", sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
        Index("ix_arrivals_actor_id", "actor_id"),
        Index("ix_arrivals_without_effect", "id", sqlite_where=text("state IN ('ignored', 'refused', 'failed')"),
              postgresql_where=text("state IN ('ignored', 'refused', 'failed')")),
    )  # fmt: skip
