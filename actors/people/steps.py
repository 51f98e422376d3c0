"""Steps between the first proof and a session, held by a cookie of a browser: each is used once and soon over."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.people.accounts import digest
from actors.people.kinds import StepPurpose
from actors.people.proofs import Proved
from actors.people.tables import SignInStep

STEP_LIFETIME: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
"""Wrong codes in one step; then the first proof is asked again."""


async def open_step(
    session: AsyncSession,
    purpose: StepPurpose,
    *,
    actor_id: int | None,
    now: datetime,
    challenge: bytes | None = None,
    proved: Proved | None = None,
    back: str = "",
) -> str:
    """Start a step and return its secret, which stands in the browser's cookie and nowhere else.

    ``proved`` is what came before it.
    """
    await session.execute(delete(SignInStep).where(SignInStep.expires_at <= now))
    secret = secrets.token_urlsafe(32)
    session.add(
        SignInStep(
            digest=digest(secret), purpose=purpose, actor_id=actor_id, challenge=challenge, back=back, tries=0,
            method=proved.method if proved is not None else None,
            passkey_id=proved.passkey_id if proved is not None else None,
            created_at=now, expires_at=now + STEP_LIFETIME,
        )
    )  # fmt: skip
    return secret


async def find_step(
    session: AsyncSession, purpose: StepPurpose, secret: str | None, *, now: datetime
) -> SignInStep | None:
    """Return the step that this browser is in."""
    if not secret:
        return None
    query = select(SignInStep).where(
        SignInStep.digest == digest(secret), SignInStep.purpose == purpose, SignInStep.expires_at > now
    )
    return (await session.scalars(query)).one_or_none()


async def take_step(
    session: AsyncSession, purpose: StepPurpose, secret: str | None, *, now: datetime
) -> SignInStep | None:
    """Return the step that this browser is in and end it: of two that ask, one gets it."""
    found = await find_step(session, purpose, secret, now=now)
    if found is None:
        return None
    taken = await session.scalar(
        delete(SignInStep)
        .where(SignInStep.digest == found.digest)
        .returning(SignInStep.purpose)
        .execution_options(synchronize_session=False)
    )
    session.expunge(found)
    return found if taken is not None else None


async def count_try(session: AsyncSession, step: SignInStep) -> bool:
    """Count a wrong code; False when it was the last, and the step is over."""
    tries = await session.scalar(
        update(SignInStep)
        .where(SignInStep.digest == step.digest)
        .values(tries=SignInStep.tries + 1)
        .returning(SignInStep.tries)
        .execution_options(synchronize_session=False)
    )
    if tries is not None and tries < MOST_TRIES:
        return True
    await session.execute(delete(SignInStep).where(SignInStep.digest == step.digest))
    return False


async def set_challenge(session: AsyncSession, step: SignInStep, challenge: bytes | None) -> None:
    """Put a new challenge in a step, or take away the one that was answered."""
    await session.execute(update(SignInStep).where(SignInStep.digest == step.digest).values(challenge=challenge))
