"""A passkey device in software: makes credentials without attestation, signs challenges as browsers pass them on."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """A device of one person. ``verifies``: it asks for a PIN or a finger. ``counts``: it counts its signatures."""

    origin: str = "https://tilburg.example"
    host: str = "tilburg.example"
    verifies: bool = True
    counts: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: bytes = b""
    count: int = 0

    def make(self, options: str, **changed: Any) -> str:
        """Return what a browser sends after it made a passkey; ``changed`` replaces parts of what was signed."""
        asked = json.loads(options)
        self.user = base64url_to_bytes(asked["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        attested = b"\0" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        data = self._data(_ATTESTED) + attested
        response = {
            "clientDataJSON": bytes_to_base64url(self._client_data("webauthn.create", asked["challenge"], changed)),
            "attestationObject": bytes_to_base64url(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._credential(response)

    def prove(self, options: str, **changed: Any) -> str:
        """Return what a browser sends after this device signed; ``changed`` replaces parts of what was signed."""
        asked = json.loads(options)
        client_data = self._client_data("webauthn.get", asked["challenge"], changed)
        data = self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": bytes_to_base64url(client_data),
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature),
            "userHandle": bytes_to_base64url(self.user),
        }
        return self._credential(response)

    def _client_data(self, type_: str, challenge: str, changed: dict[str, Any]) -> bytes:
        return json.dumps({"type": type_, "challenge": challenge, "origin": self.origin} | changed).encode()

    def _data(self, flags: int) -> bytes:
        if self.counts:
            self.count += 1
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _credential(self, response: dict[str, str]) -> str:
        known = bytes_to_base64url(self.credential_id)
        return json.dumps({"id": known, "rawId": known, "type": "public-key", "response": response})
