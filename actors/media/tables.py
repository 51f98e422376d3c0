"""The table of what is attached to posts."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base


class Attachment(Base):
    """A document or picture of a post. ``digest`` (SHA-256, hex) is set for what we store ourselves."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    position: Mapped[int]
    url: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str] = mapped_column(String(255), default="")
    digest: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int | None]
    """In bytes, where known."""

    __table_args__ = (Index("ix_attachments_post_id_position", "post_id", "position"),)
