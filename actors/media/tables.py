"""The tables of what is attached to posts, and of the pictures of actors."""

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
    """What is in it; of a picture, the words that stand in for it."""
    file_name: Mapped[str] = mapped_column(String(255), default="")
    digest: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int | None]
    """In bytes, where known."""
    width: Mapped[int | None]
    height: Mapped[int | None]
    """In pixels, of a picture, where known."""
    is_cover: Mapped[bool] = mapped_column(default=False)
    """Whether it is the picture on the cover of a knowledge product."""

    __table_args__ = (Index("ix_attachments_post_id_position", "post_id", "position"),)


class ActorPicture(Base):
    """The picture of a person here, or the logo of the organisation; `Actor.icon_url` is where it is served."""

    __tablename__ = "actor_pictures"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(200))
    width: Mapped[int]
    height: Mapped[int]
    name: Mapped[str] = mapped_column(Text, default="")
    """What is to be seen in it."""
