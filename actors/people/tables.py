"""The tables of people's accounts. Secrets are stored as hashes only."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import Role
from actors.people.roles import Roles


class Account(Base):
    """What lets a local person sign in."""

    __tablename__ = "accounts"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    roles: Mapped[frozenset[Role]] = mapped_column(Roles, default=frozenset())
    language: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]


class Session(Base):
    """A browser that is signed in; ``digest`` is the SHA-256 of the cookie's value."""

    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Token(Base):
    """A bearer token for the client API; ``digest`` is the SHA-256 of the token."""

    __tablename__ = "tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    scopes: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
