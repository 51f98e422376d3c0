"""The table of other servers that we deal with."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base


class Instance(Base):
    """Another server, by its host (with port, if any): how it does, and how we treat it.

    ``rests_until`` is the circuit breaker of deliveries: a host that failed again and again is left
    alone until then. ``linked_at`` marks an instance whose issues and knowledge we show in /netwerk.
    """

    __tablename__ = "instances"

    domain: Mapped[str] = mapped_column(String(300), primary_key=True)
    name: Mapped[str] = mapped_column(Text, default="")
    software: Mapped[str] = mapped_column(String(100), default="")
    software_version: Mapped[str] = mapped_column(String(100), default="")
    described_at: Mapped[datetime | None]
    """When its NodeInfo was last read."""
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    """Its organisation."""
    linked_at: Mapped[datetime | None]
    backfilled_at: Mapped[datetime | None]
    policy: Mapped[str] = mapped_column(String(20), default="open")
    """``open``, ``limited`` (heard, not shown unasked) or ``suspended`` (neither heard nor answered)."""
    policy_reason: Mapped[str] = mapped_column(Text, default="")
    policy_at: Mapped[datetime | None]
    """When it was last changed."""
    policy_unsettled: Mapped[bool | None]
    """Whether actors of this server are still to be marked as the policy says (`actors.moderation.servers`)."""
    failures: Mapped[int] = mapped_column(default=0)
    """Failed deliveries since the last that succeeded."""
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    rests_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
