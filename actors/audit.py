"""The audit log: who did or read what here, when and why, and under whose name.

Every act that needs a role is noted in the transaction that does it, so that neither can be without
the other; reading what is sensitive (reports, members, e-mail addresses) is noted too. Entries are
only ever added, and dropped after the retention that the administrator chose. They hold no text of
posts and no secrets: what was changed is named, and its new value only where that is no secret.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.ids import new_id


class AuditEntry(Base):
    """One act. ``act`` is a verb in the words of `web.pages.admin.words`, such as ``role-granted``.

    ``actor_id`` did it; ``for_id`` is the actor under whose name, when that is another: the
    organisation for which an editor publishes. ``object_uri`` and ``object_name`` say to what, as it
    was then.
    """

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    """None for what the command line or the instance itself did."""
    for_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    act: Mapped[str] = mapped_column(String(60))
    object_uri: Mapped[str] = mapped_column(Text, default="")
    object_name: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_audit_entries_act_id", "act", "id"),)


def note_act(
    session: AsyncSession,
    actor_id: int | None,
    act: str,
    *,
    now: datetime,
    for_id: int | None = None,
    object_uri: str = "",
    object_name: str = "",
    reason: str = "",
    details: Mapping[str, str] | None = None,
) -> None:
    """Add an entry to the log, in the caller's transaction."""
    session.add(
        AuditEntry(
            id=new_id(),
            actor_id=actor_id,
            for_id=for_id,
            act=act,
            object_uri=object_uri[:2_000],
            object_name=object_name[:500],
            reason=reason[:2_000],
            details=dict(details or {}),
            created_at=now,
        )
    )
