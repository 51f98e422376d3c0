"""The tables of people's accounts and of how they sign in. Secrets are stored as hashes, or sealed by the Vault."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.kinds import Role
from actors.people.kinds import AccountState, Assurance, LinkPurpose, Method, StepPurpose
from actors.people.roles import Roles


class Account(Base):
    """What lets a local person sign in."""

    __tablename__ = "accounts"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    email_confirmed_at: Mapped[datetime | None]
    password_hash: Mapped[str | None] = mapped_column(Text)
    """None for who signs in by passkey, by e-mail or elsewhere."""
    state: Mapped[AccountState] = mapped_column(default=AccountState.ACTIVE, index=True)
    roles: Mapped[frozenset[Role]] = mapped_column(Roles, default=frozenset())
    language: Mapped[str | None] = mapped_column(String(8))
    bio: Mapped[str | None] = mapped_column(Text)
    """What the person wrote of themselves, in Markdown; the actor's ``summary`` is made of it."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why somebody who registered wants to take part."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    """When they last did something here, to the hour."""

    @property
    def administers(self) -> bool:
        """Whether this person administers the instance."""
        return Role.ADMINISTRATOR in self.roles


class Session(Base):
    """A browser that is signed in; ``digest`` is the SHA-256 of the cookie's value.

    Of the browser only its make and system are kept, in words of a closed list.
    """

    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    assurance: Mapped[Assurance] = mapped_column(default=Assurance.ONE)
    method: Mapped[Method | None]
    """By what it was opened; None for those of before that was kept."""
    passkey_id: Mapped[int | None]
    """The passkey that opened it. No foreign key: a session outlives the passkey of its own browser."""
    browser: Mapped[str] = mapped_column(String(30), default="")
    system: Mapped[str] = mapped_column(String(30), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    reauthenticated_at: Mapped[datetime]
    """When this browser last proved who it is."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Token(Base):
    """A bearer token for the client API; ``digest`` is the SHA-256 of the token."""

    __tablename__ = "tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    scopes: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Invitation(Base):
    """A link that lets people make an account, and gives them its roles; ``digest`` is of the secret in it."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    """To whom it was sent, when to one person; whoever holds the link may use it."""
    roles: Mapped[frozenset[Role]] = mapped_column(Roles, default=frozenset())
    message: Mapped[str] = mapped_column(Text, default="")
    """What the inviter says, as plain text."""
    most_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class MailLink(Base):
    """A link that was sent by e-mail; it works once, and its row is gone then.

    ``actor_id`` is None for somebody who has no account (yet): who asks learns nothing, so a row is
    written for everyone who asks. ``facts`` hold what a registration waits with.
    """

    __tablename__ = "mail_links"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[LinkPurpose]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TotpFactor(Base):
    """An authenticator app. ``sealed`` is its secret, sealed by the Vault."""

    __tablename__ = "totp_factors"

    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """None until a first code showed that the app has the secret; it counts from then on."""
    last_step: Mapped[int] = mapped_column(default=0)
    """The time step of the last code that was taken: no code is taken twice."""


class Passkey(Base):
    """A passkey (WebAuthn credential) of a person."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that counts as second factor, once; its row is gone then."""

    __tablename__ = "recovery_codes"

    actor_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    created_at: Mapped[datetime]


class SignInStep(Base):
    """What a browser is in the middle of: a second factor, or a passkey. ``digest`` is of a cookie's value.

    A row is taken away when it is used, so that neither the step nor its challenge counts twice.
    """

    __tablename__ = "sign_in_steps"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[StepPurpose]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), index=True)
    challenge: Mapped[bytes | None]
    method: Mapped[Method | None]
    """Before a second step: by what the first was taken."""
    passkey_id: Mapped[int | None]
    back: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
