"""The tables of agreements: what is agreed, each version of it, who signed that, and what happened.

Of a version the bytes are kept that were signed, and of each signature the proof and the key that it was checked
with, so that it can be checked again when the key is no longer published.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from actors.agreements.kinds import AgreementState, Happened, Reminding, Standing
from actors.database import Base


class Agreement(Base):
    """An agreement on an issue, ours or another instance's; what stands here is that of its newest version."""

    __tablename__ = "agreements"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(Text, unique=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    proposer_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    is_local: Mapped[bool]
    is_listed: Mapped[bool]
    """Whether it stands on the page of its issue: an unanswered proposal by who takes no part in it does not."""
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(150))
    due_at: Mapped[datetime]
    state: Mapped[AgreementState] = mapped_column(default=AgreementState.OPEN)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_agreements_issue_id_id", "issue_id", "id"),
        Index("ix_agreements_open", "due_at", sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
    )  # fmt: skip


class AgreementVersion(Base):
    """One version of an agreement: ``document`` is what is signed, in its canonical form (RFC 8785)."""

    __tablename__ = "agreement_versions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"))
    version: Mapped[int]
    document: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(150))
    content: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("agreement_id", "version"),)


class AgreementParty(Base):
    """What an actor does by one version of an agreement, and where it stands towards that."""

    __tablename__ = "agreement_parties"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("agreement_versions.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    does: Mapped[str] = mapped_column(Text)
    standing: Mapped[Standing] = mapped_column(default=Standing.ASKED)
    proof: Mapped[str | None] = mapped_column(Text)
    """The proof as it was made, in JSON."""
    key: Mapped[str | None] = mapped_column(Text)
    """The public key, in multibase, with which it held when it came."""
    answered_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("version_id", "actor_id"),)


class AgreementChange(Base):
    """Something that happened to an agreement: what, by whom, when and why."""

    __tablename__ = "agreement_changes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"))
    version: Mapped[int]
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    what: Mapped[Happened]
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("agreement_id", "actor_id", "what", "at"),)


class AgreementReminder(Base):
    """That the parties here were reminded, of this date; when the date moves they are reminded anew."""

    __tablename__ = "agreement_reminders"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"))
    kind: Mapped[Reminding]
    due_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("agreement_id", "kind", "due_at"),)
