"""The durable queue of mail: put in, claimed, and what became of it.

It works as the queue of deliveries does (`outbox.queue`): a claim moves ``next_at`` ahead by a lease, so
that what a killed process held becomes due again by itself, and nothing is sent inside a transaction.
A worker that is killed between the mail server's answer and its note of it sends the mail again, with
the same Message-ID.

Who queues mail knows that the instance can send it (``CAN_MAIL`` in `web.keys`): without an SMTP server
mail would wait for ever.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import wake_after_commit
from actors.ids import new_id
from actors.people.accounts import check_email
from actors.vault import Vault
from actors.wakeups import MAIL
from outbox.mail.tables import Mail

FIRST_LANGUAGE: Final = "nl"


async def queue_mail(
    session: AsyncSession,
    *,
    vault: Vault,
    kind: str,
    to: str,
    language: str | None,
    facts: Mapping[str, Any],
    now: datetime,
    account_id: int | None = None,
    until: datetime | None = None,
    can_wait: bool = False,
) -> Mail:
    """Put a mail in the queue; it is sent soon after the caller's commit. Raises `EmailError` for a bad address.

    ``kind`` names the templates ``mail/<kind>.html`` and ``.txt``, which read the ``facts`` (JSON) by name.
    The facts may hold secrets: they are sealed, and gone once the mail is sent. After ``until`` the mail would
    be of no use and is given up. ``language`` None is the instance's first.
    """
    mail = Mail(
        id=new_id(),
        account_id=account_id,
        kind=kind,
        recipient=check_email(to),
        language=language or FIRST_LANGUAGE,
        facts=seal_facts(vault, facts),
        can_wait=can_wait,
        next_at=now,
        until=until,
        created_at=now,
    )
    session.add(mail)
    await session.flush()
    wake_after_commit(session, MAIL)
    return mail


def seal_facts(vault: Vault, facts: Mapping[str, Any]) -> bytes:
    """Return facts as they are stored."""
    return vault.seal(json.dumps(dict(facts), ensure_ascii=False).encode())


def open_facts(vault: Vault, sealed: bytes) -> dict[str, Any]:
    """Return what `seal_facts` stored. Raises `VaultError`."""
    facts: dict[str, Any] = json.loads(vault.open(sealed))
    return facts
