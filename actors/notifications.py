"""What a person here should know: somebody answered, mentioned, followed, or an outcome came."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base


class MailStep(StrEnum):
    """What has been decided about mail for a notification (`outbox.mail.notifier`)."""

    NEW = "new"
    """Nothing yet."""
    DAILY = "daily"
    WEEKLY = "weekly"
    """It waits for a mail that bundles what was not read by then."""
    DONE = "done"
    """A mail is queued, or none is wanted."""


class Notification(Base):
    """One thing to know.

    ``kind``: mention, reply, follow, follow_request, like, announce, outcome; of moderation (without a post):
    report, decision, server-blocked; of issues a word before the dash that says what it is about
    (``agreement-signed``): by that word people choose which mail they get.
    """

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    from_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    about_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    """The issue that it belongs to."""
    thing_id: Mapped[int | None]
    """The role, agreement, step or change that it tells of; told once in each kind."""
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail: Mapped[MailStep] = mapped_column(default=MailStep.NEW)

    __table_args__ = (
        Index("ix_notifications_recipient_id_id", "recipient_id", "id"),
        UniqueConstraint("recipient_id", "kind", "from_id", "post_id"),
        Index("uq_notifications_thing", "recipient_id", "kind", "thing_id", unique=True,
              sqlite_where=text("thing_id IS NOT NULL"), postgresql_where=text("thing_id IS NOT NULL")),
        Index("ix_notifications_new", "id", sqlite_where=text("mail = 'new'"), postgresql_where=text("mail = 'new'")),
        Index("ix_notifications_bundled", "recipient_id", "mail", "id",
              sqlite_where=text("mail IN ('daily', 'weekly')"), postgresql_where=text("mail IN ('daily', 'weekly')")),
    )  # fmt: skip
