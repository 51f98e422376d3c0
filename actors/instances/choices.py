"""What the administrator chose on the pages: registration, texts, theme, retention.

One row a subject, its value a small JSON object; each subject's own module says what is in it and
what holds when nothing was chosen. What an operator decides before the server starts is not here but in
the environment (docs/settings.md).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base, wake_after_commit
from actors.upsert import insert_or_ignore, insert_or_update
from actors.wakeups import CHANGED


class Choice(Base):
    """What was chosen on one subject, by whom and when."""

    __tablename__ = "choices"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))


async def read_choices(session: AsyncSession) -> dict[str, Mapping[str, Any]]:
    """Return all that was chosen, by subject."""
    return {choice.name: choice.value for choice in await session.scalars(select(Choice))}


async def read_choice(session: AsyncSession, name: str) -> Mapping[str, Any]:
    """Return what was chosen on a subject; empty when nothing was."""
    return (await session.scalar(select(Choice.value).where(Choice.name == name))) or {}


async def write_choice(
    session: AsyncSession, name: str, value: Mapping[str, Any], *, by: int | None, now: datetime
) -> None:
    """Store what was chosen on a subject; pages show it from the commit on."""
    row = {"name": name, "value": dict(value), "updated_at": now, "updated_by": by}
    await insert_or_update(session, Choice, row, on=["name"], update=["value", "updated_at", "updated_by"])
    wake_after_commit(session, CHANGED)


async def hold_choice(session: AsyncSession, name: str, *, now: datetime) -> Mapping[str, Any]:
    """Return what was chosen on a subject, held until the end of the transaction: nobody else changes it meanwhile."""
    row = {"name": name, "value": {}, "updated_at": now, "updated_by": None}
    await insert_or_ignore(session, Choice, [row], on=["name"])
    held = select(Choice.value).where(Choice.name == name).with_for_update()
    return (await session.scalar(held)) or {}
