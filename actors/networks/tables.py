"""The table of networks. A network is an actor; what only a network has stands here."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base


class Network(Base):
    """A group with a space of its own; open ones are followed as issues are."""

    __tablename__ = "networks"

    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    is_closed: Mapped[bool] = mapped_column(default=False)
