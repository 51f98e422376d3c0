"""One pair of keys for a whole test process: making RSA keys takes longer than most tests."""

from functools import cache

from actors.keys import KeyRing
from actors.vault import Vault
from federation import keys
from federation.keys import PrivateKey

SECRET = "a secret that only tests know"


@cache
def key_pair() -> tuple[PrivateKey, PrivateKey]:
    """Return an RSA and an Ed25519 key, always the same."""
    return keys.generate_rsa(), keys.generate_ed25519()


def key_ring() -> KeyRing:
    """Return a key ring that opens what was sealed with `SECRET`."""
    return KeyRing(Vault(SECRET))
