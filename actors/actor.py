"""The table of all actors, local and remote: whoever follows, says or hosts something."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import ActorKind


def _account_key(context: DefaultExecutionContext) -> str:
    row = context.current_parameters or {}
    return account_key(row["handle"], row["domain"])


def account_key(handle: str, domain: str) -> str:
    """Return the form of an account by which `Actor.account_key` is looked up."""
    return f"{handle}@{domain}".lower()


class Actor(Base):
    """One actor. ``domain`` is the host (with port, if any) that its handle belongs to.

    A local actor's followers are private when its kind says so; see `actors.visibility`.
    A deleted actor keeps its row as a tombstone: ``deleted_at`` is set and what it said of itself is gone.
    """

    __tablename__ = "actors"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uri: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[ActorKind]
    is_local: Mapped[bool] = mapped_column(default=False)
    handle: Mapped[str] = mapped_column(String(500))
    domain: Mapped[str] = mapped_column(String(300))
    account_key: Mapped[str] = mapped_column(String(801), default=_account_key, index=True)
    """The account in lower case, by which it is looked up."""
    name: Mapped[str] = mapped_column(String(500), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text, default="")
    icon_url: Mapped[str | None] = mapped_column(Text)
    inbox: Mapped[str] = mapped_column(Text)
    shared_inbox: Mapped[str | None] = mapped_column(Text)
    outbox: Mapped[str | None] = mapped_column(Text)
    followers: Mapped[str | None] = mapped_column(Text)
    featured: Mapped[str | None] = mapped_column(Text)
    manually_approves: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    """Since when it is neither heard nor shown."""
    suspended_with_server: Mapped[bool | None]
    """Whether that is because its whole server is blocked."""
    limited_at: Mapped[datetime | None]
    """Since when it is not shown unasked."""
    limited_with_server: Mapped[bool | None]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_actors_local_account",
            "account_key",
            unique=True,
            sqlite_where=text("is_local"),
            postgresql_where=text("is_local"),
        ),
        Index("ix_actors_kind_id", "kind", "id"),
        # All that is asked of the issues of a server to count them, so that none of their rows is read.
        Index("ix_actors_domain_kind", "domain", "kind", "deleted_at", "suspended_at"),
        Index("ix_actors_local_handle", "handle", sqlite_where=text("is_local IS 1"),
              postgresql_where=text("is_local")),
        # What they said is looked for among few, not one by one (`actors.visibility`).
        Index("ix_actors_suspended", "id", sqlite_where=text("suspended_at IS NOT NULL"),
              postgresql_where=text("suspended_at IS NOT NULL")),
        Index("ix_actors_limited", "id", sqlite_where=text("limited_at IS NOT NULL"),
              postgresql_where=text("limited_at IS NOT NULL")),
    )  # fmt: skip

    @property
    def account(self) -> str:
        """The handle as people write it, without the leading @: ``fatima@tilburg.example``."""
        return f"{self.handle}@{self.domain}"


class ActorKey(Base):
    """A key of an actor; ``private`` holds our own, encrypted with the instance's secret."""

    __tablename__ = "actor_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    uri: Mapped[str] = mapped_column(Text, unique=True)
    algorithm: Mapped[str] = mapped_column(String(20))
    """``rsa`` or ``ed25519``."""
    public: Mapped[str] = mapped_column(Text)
    """PEM for RSA, multibase (Multikey) for Ed25519."""
    private: Mapped[bytes | None]
    created_at: Mapped[datetime]


class Organisation(Base):
    """What only an organisation has. ``identifier`` is its TOOI URI (schema:identifier)."""

    __tablename__ = "organisations"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    identifier: Mapped[str | None] = mapped_column(Text)
    is_ministry: Mapped[bool] = mapped_column(default=False)
