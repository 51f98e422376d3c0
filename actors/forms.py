"""Forms that were sent: each has one effect, and what somebody typed is not lost when their session ended.

A form carries a number that is used once. Its row is there before the form is handled and gets the answer afterwards,
so that a second copy, at this process or another, finds one of both. What is kept is sealed with what only the sender
has; rows are dropped by whoever adds one, so the tables stay as small as the forms of the last minutes. Of one sender,
and of all, no more than so many answers are kept: the oldest make room.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, delete, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from actors.database import Base
from actors.upsert import insert_if_absent

REMEMBERED: Final = timedelta(minutes=1)
"""How long a second copy of a form gets the answer of the first, at least."""
LEASE: Final = timedelta(seconds=30)
"""How long a form may take; after that its process is taken for dead."""
SENDER_BYTES: Final = 8
"""So many bytes at the beginning of a key are a hash of the sender alone."""
MOST_OF_SENDER: Final = 30
MOST_SENT: Final = 4_000
KEPT: Final = timedelta(minutes=15)
MOST_KEPT: Final = 1_000
_KEY_BYTES: Final = 32
_CHUNK: Final = 500


class SentForm(Base):
    """A form that is being handled, or was.

    ``key`` is a hash of its sender, and one over its sender, its number and all that it says.
    """

    __tablename__ = "sent_forms"

    key: Mapped[bytes] = mapped_column(LargeBinary(_KEY_BYTES), primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[bytes | None]
    """Sealed; none as long as the form is being handled."""


class KeptForm(Base):
    """What somebody typed whose session had ended, until they have signed in again."""

    __tablename__ = "kept_forms"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    content: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


async def claim_form(session: AsyncSession, key: bytes, *, now: datetime) -> bool:
    """Return whether this form is ours to handle: nobody has it, or whoever had it is taken for dead."""
    await _drop(session, SentForm, SentForm.claimed_at < now - REMEMBERED - LEASE)
    await _make_room(session, _of_sender(key), MOST_OF_SENDER)
    await _make_room(session, true(), MOST_SENT)
    if await insert_if_absent(session, SentForm, {"key": key, "claimed_at": now, "answer": None}):
        return True
    is_abandoned = SentForm.answer.is_(None) & (SentForm.claimed_at <= now - LEASE)
    taken = (
        update(SentForm)
        .where(SentForm.key == key, is_abandoned | (SentForm.claimed_at <= now - REMEMBERED))
        .values(claimed_at=now, answer=None)
        .returning(SentForm.key)
    )
    return await session.scalar(taken, execution_options={"synchronize_session": False}) is not None


def _of_sender(key: bytes) -> ColumnElement[bool]:
    sender = key[:SENDER_BYTES]
    return SentForm.key.between(sender + b"\0" * (_KEY_BYTES - SENDER_BYTES), sender.ljust(_KEY_BYTES, b"\xff"))


async def _make_room(session: AsyncSession, which: ColumnElement[bool], most: int) -> None:
    """Drop the oldest answers of these forms, so that there is room for one more. What is being handled stays."""
    held = await session.scalar(select(func.count()).select_from(SentForm).where(which)) or 0
    if held < most:
        return
    answered = select(SentForm.key).where(which, SentForm.answer.is_not(None))
    oldest = answered.order_by(SentForm.claimed_at).limit(held - most + 1).with_for_update(skip_locked=True)
    await session.execute(
        delete(SentForm).where(SentForm.key.in_(oldest)), execution_options={"synchronize_session": False}
    )


async def note_answer(session: AsyncSession, key: bytes, answer: bytes) -> None:
    """Store how a form was answered, sealed."""
    await session.execute(update(SentForm).where(SentForm.key == key).values(answer=answer))


async def release_form(session: AsyncSession, key: bytes) -> None:
    """Let a form be sent again: it had no effect."""
    await session.execute(delete(SentForm).where(SentForm.key == key))


async def answer_of(session: AsyncSession, key: bytes, *, now: datetime) -> bytes | None:
    """Return the sealed answer of a form that was sent within the last minute, when it has one."""
    query = select(SentForm.answer).where(SentForm.key == key, SentForm.claimed_at > now - REMEMBERED)
    return await session.scalar(query)


async def keep_form(session: AsyncSession, key: bytes, content: bytes, *, now: datetime) -> bool:
    """Keep what was typed for a quarter of an hour; False when too much is kept already."""
    await _drop(session, KeptForm, KeptForm.expires_at < now)
    if ((await session.scalar(select(func.count()).select_from(KeptForm))) or 0) >= MOST_KEPT:
        return False
    session.add(KeptForm(key=key, content=content, expires_at=now + KEPT))
    return True


async def kept_form(session: AsyncSession, key: bytes, *, now: datetime) -> bytes | None:
    """Return what was kept, sealed, unless its time is over."""
    return await session.scalar(select(KeptForm.content).where(KeptForm.key == key, KeptForm.expires_at > now))


async def drop_kept_form(session: AsyncSession, key: bytes) -> None:
    """Forget what was kept."""
    await session.execute(delete(KeptForm).where(KeptForm.key == key))


async def _drop(session: AsyncSession, table: type[SentForm] | type[KeptForm], condition: Any) -> None:
    old = select(table.key).where(condition).limit(_CHUNK).with_for_update(skip_locked=True)
    await session.execute(delete(table).where(table.key.in_(old)), execution_options={"synchronize_session": False})
