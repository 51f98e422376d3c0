"""A mail that shows an administrator that mail works."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.vault import Vault
from outbox.mail.queue import queue_mail
from outbox.mail.tables import Mail

TEST: str = "test"
"""The kind of the test mail: it has no facts."""


async def queue_test_mail(session: AsyncSession, vault: Vault, *, to: str, language: str | None, now: datetime) -> Mail:
    """Put a test mail in the queue. Raises `EmailError`. Who asks for it notes the act (`actors.audit`)."""
    return await queue_mail(session, vault=vault, kind=TEST, to=to, language=language, facts={}, now=now)
