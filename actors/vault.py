"""Private keys at rest: encrypted with a key derived from the instance's secret.

A copy of the database alone must not let anyone speak as our actors.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class VaultError(Exception):
    """The secret does not open what was stored: it was changed, or the data is another instance's."""


class Vault:
    """Seals and opens secrets with ``secret`` (SAMENSPRAAK_SECRET_KEY)."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self.derive("private keys")))

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, unrelated to those for any other."""
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"samenspraak {purpose}".encode())
        return hkdf.derive(hashlib.sha256(self._secret).digest())

    def seal(self, plain: bytes) -> bytes:
        """Encrypt."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt; raises `VaultError` when the secret is not the one that sealed it."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise VaultError("SAMENSPRAAK_SECRET_KEY does not open the keys in this database") from None
