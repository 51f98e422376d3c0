"""The way to an objection for who may not sign in: a link whose key only we can make."""

import hmac

from actors.vault import Vault

_PURPOSE = "objection"


def objection_path(vault: Vault, decision_id: int) -> str:
    """Return the path at which whom a decision is about may object to it."""
    return f"/bezwaar/{decision_id}?sleutel={_key(vault, decision_id)}"


def opens_objection(vault: Vault, decision_id: int, key: str) -> bool:
    """Whether a key is the one in the link that was sent about this decision."""
    return hmac.compare_digest(_key(vault, decision_id).encode(), key.encode("utf-8", "replace"))


def _key(vault: Vault, decision_id: int) -> str:
    return hmac.digest(vault.derive(_PURPOSE), str(decision_id).encode(), "sha256").hex()[:40]
