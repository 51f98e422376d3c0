"""The address that ends mail by one click, without signing in: whoever has the mail may end it.

The token in it says whose mail and about what, with a code that only this instance can make. It does
not expire: an old mail must still be able to end the new ones.
"""

import hmac
import re
from typing import Final

from actors.vault import Vault

UNSUBSCRIBE: Final = "/uitschrijven"
_TOKEN: Final = re.compile(r"([0-9]{1,19})\.([a-z_-]{1,20})\.([0-9a-f]{64})\Z")


def unsubscribe_path(vault: Vault, account_id: int, subject: str) -> str:
    """Return where mail about a subject (see `outbox.mail.wishes.stop`) is ended."""
    return f"{UNSUBSCRIBE}/{account_id}.{subject}.{_code(vault, account_id, subject)}"


def read_token(vault: Vault, token: str) -> tuple[int, str] | None:
    """Return the account and the subject of a token of ours, or None."""
    found = _TOKEN.match(token)
    if found is None:
        return None
    account_id, subject = int(found[1]), found[2]
    return (account_id, subject) if hmac.compare_digest(found[3], _code(vault, account_id, subject)) else None


def _code(vault: Vault, account_id: int, subject: str) -> str:
    return hmac.digest(vault.derive("unsubscribe"), f"{account_id}.{subject}".encode(), "sha256").hex()
