"""The tables of people who are known to a provider elsewhere (OpenID Connect)."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import Role
from actors.people.roles import Roles

LONGEST_ISSUER = 500
LONGEST_SUBJECT = 255
"""As OpenID Connect Core allows, section 2."""


class Identity(Base):
    """Somebody as a provider knows them: ``issuer`` and ``subject`` together, and never an e-mail address.

    ``granted`` are the roles that the account has because the provider says so, and by nothing else.
    """

    __tablename__ = "identities"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(LONGEST_ISSUER))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    label: Mapped[str] = mapped_column(String(254), default="")
    """How the provider calls this person: for them to recognise it by, and nothing more."""
    granted: Mapped[frozenset[Role]] = mapped_column(Roles, default=frozenset())
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class ProviderSession(Base):
    """A session here that was opened by way of a provider: what the provider needs to end it as well."""

    __tablename__ = "provider_sessions"

    session_digest: Mapped[bytes] = mapped_column(
        LargeBinary(32), ForeignKey("sessions.digest", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    """A session that proved more of who it is goes on under another digest."""
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id", ondelete="CASCADE"), index=True)
    sid: Mapped[str] = mapped_column(String(255), default="")
    id_token: Mapped[bytes]
    """Sealed: it says who somebody is."""
