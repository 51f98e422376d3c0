"""The tables of mail: what is on its way, who wants to hear of what when, and the digests that are coming."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base


class MailState(StrEnum):
    """How a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    """A mail server said a final no: the address is not there, or the mail is not wanted."""
    GIVEN_UP = "given_up"
    """Tried for long enough, or too late to be of use; kept so that the operator sees what did not go."""


class Mail(Base):
    """One mail on its way to one person. It is written when it is sent, from ``kind`` and ``facts``.

    ``facts`` are sealed (`actors.vault`), because they may hold the secret of a link, and gone once the
    mail is sent. ``can_wait`` lets mail that somebody is waiting for go before it.
    """

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    facts: Mapped[bytes | None] = mapped_column(LargeBinary)
    can_wait: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MailState] = mapped_column(default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    """When it may be tried (again); while it is being tried, when its claim runs out."""
    until: Mapped[datetime | None]
    """After this moment it would be of no use, as with a link that has ended."""
    last_status: Mapped[int | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_mails_account_id_id", "account_id", "id"),
        Index("ix_mails_waiting", "can_wait", "next_at", sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
    )  # fmt: skip


class MailWish(Base):
    """How often a person wants mail about one kind of notification; without a row the default holds.

    ``kind`` is that of the notification, or ``all``, whose rhythm ``never`` stops every mail about them.
    """

    __tablename__ = "mail_wishes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    rhythm: Mapped[str] = mapped_column(String(20))


class Digest(Base):
    """A mail that will bundle what a person has not read by then."""

    __tablename__ = "mail_digests"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.actor_id", ondelete="CASCADE"), primary_key=True)
    rhythm: Mapped[str] = mapped_column(String(20), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
