"""The tables of roles on issues, and of answers that came before what they answer."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import IssueRole
from actors.roles.kinds import RoleState

_IS_OPEN = text("state IN ('offered', 'applied', 'held')")


class RoleOnIssue(Base):
    """What an actor is, is asked to be, or asks to be on an issue; ours or as another instance tells it.

    ``uri`` is the id of the Relationship, ``offer_uri`` that of the Offer, when it came here. The issue's own instance
    decides; elsewhere this is a copy.
    """

    __tablename__ = "issue_roles"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(Text)
    offer_uri: Mapped[str | None] = mapped_column(Text, index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    """Who holds it, or would."""
    role: Mapped[IssueRole]
    perspective: Mapped[str | None] = mapped_column(String(200))
    is_perspective_shown: Mapped[bool] = mapped_column(default=False)
    """Whether who holds it said that others may read the perspective."""
    expectation: Mapped[str] = mapped_column(Text, default="")
    """What is expected, or in an application what somebody brings."""
    state: Mapped[RoleState]
    is_application: Mapped[bool] = mapped_column(default=False)
    offered_at: Mapped[datetime]
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    note_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"), index=True)
    """The message that told of the offer where its software knows none."""
    link_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """The hash of the secret in that message."""
    link_until: Mapped[datetime | None]

    __table_args__ = (
        # By whoever minted it, an issue has each once; another issue that names the same takes nothing from it.
        UniqueConstraint("issue_id", "uri"),
        Index("uq_issue_roles_open", "issue_id", "actor_id", "role", unique=True,
              sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_issue_roles_issue_id_state", "issue_id", "state", "id"),
        Index("ix_issue_roles_actor_id_state", "actor_id", "state", "id"),
    )  # fmt: skip


class EarlyAnswer(Base):
    """What somebody elsewhere answered to an offer by a co-host that has not come here yet."""

    __tablename__ = "early_role_answers"

    offer_uri: Mapped[str] = mapped_column(Text, primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, index=True)
    is_accepted: Mapped[bool]
    is_perspective_shown: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(index=True)
