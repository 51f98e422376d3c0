"""Integrity proofs of documents (FEP-8b32, cryptosuite ``eddsa-jcs-2022`` of W3C's Data Integrity EdDSA).

A proof is an Ed25519 signature over two hashes: of the proof's own options, and of the document without any proof,
each in the one form that JSON has for it (JCS, RFC 8785). So a document may carry several proofs, each of another
signer, each over the same bytes, and none the worse for being passed on, stored or embedded.

Pure: which key a proof names, and whose that is, is for the caller to find out; nothing here fetches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Self

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.documents import JsonObject, check_iri, datetime_of, iri_of
from federation.documents.readers import objects_of
from federation.errors import DocumentError, SignatureError
from federation.keys import PublicKey, SigningKey, base58_decode, base58_encode

MOST_PROOFS: Final = 20
_SUITE: Final = "eddsa-jcs-2022"
_AHEAD: Final = timedelta(hours=1)
_FIRST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LONGEST_VALUE: Final = 100
_MOST_OPTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as a document carries it. ``method`` is the IRI of the key, ``options`` all that is signed of it."""

    method: str
    created: datetime
    value: str
    options: JsonObject

    @classmethod
    def read(cls, document: JsonObject) -> Self:
        """Read one proof. Raises ``DocumentError`` for another suite or purpose, and for what lacks a part."""
        if document.get("type") != "DataIntegrityProof" or document.get("cryptosuite") != _SUITE:
            raise DocumentError("a proof of another kind")
        if document.get("proofPurpose") != "assertionMethod":
            raise DocumentError("a proof with another purpose than assertionMethod")
        created, value = datetime_of(document.get("created")), document.get("proofValue")
        if created is None:
            raise DocumentError("a proof without a date")
        if type(value) is not str or not value.startswith("z") or len(value) > _LONGEST_VALUE:
            raise DocumentError("a proof without a signature in base58btc")
        if len(document) > _MOST_OPTIONS:
            raise DocumentError("a proof with too many members")
        options = {name: given for name, given in document.items() if name != "proofValue"}
        return cls(check_iri(iri_of(document.get("verificationMethod"))), created, value, options)

    @property
    def document(self) -> JsonObject:
        """The proof as it stands in a document."""
        return {**self.options, "proofValue": self.value}


def canonical(value: Any) -> bytes:
    """The one form of a JSON value (RFC 8785). Raises ``DocumentError`` for numbers that have none."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise DocumentError(f"no canonical form: {error}") from None


def without_proof(document: JsonObject) -> JsonObject:
    """The document as it is signed."""
    return {name: value for name, value in document.items() if name != "proof"}


def proofs_of(document: JsonObject) -> tuple[Proof, ...]:
    """The proofs of a document that can be read, at most 20; those of other kinds are left out."""
    found: list[Proof] = []
    for item in objects_of(document.get("proof"), MOST_PROOFS):
        try:
            found.append(Proof.read(item))
        except DocumentError:
            continue
    return tuple(found)


def with_proofs(document: JsonObject, proofs: Iterable[JsonObject]) -> JsonObject:
    """The document with these proofs, and no others."""
    return {**without_proof(document), "proof": list(proofs)}


def sign(document: JsonObject, key: SigningKey, *, now: datetime) -> Proof:
    """Sign a document, whatever proofs it has already. Raises ``ValueError`` for a key that is not Ed25519."""
    if not isinstance(key.private, Ed25519PrivateKey):
        raise ValueError("integrity proofs are made with Ed25519 keys")
    options: JsonObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": _SUITE,
        "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": key.key_id,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = key.private.sign(signed_bytes(without_proof(document), options))
    return Proof.read({**options, "proofValue": "z" + base58_encode(signature)})


def verify(document: JsonObject, proof: Proof, key: PublicKey, *, now: datetime) -> None:
    """Raise ``SignatureError`` unless the holder of this key made this proof of this document.

    A proof with a context of its own must have that of the document: it is of these bytes or of none. One without
    any is taken to mean the document's, as Fedify writes it, or that it has none.
    """
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError("a proof with a key that is not Ed25519")
    if not _FIRST <= proof.created <= now + _AHEAD:
        raise SignatureError("a proof of an impossible date")
    unsecured = without_proof(document)
    context = unsecured.get("@context")
    if "@context" in proof.options and proof.options["@context"] != context:
        raise SignatureError("a proof with another context than the document")
    signature = _signature(proof)
    candidates = [proof.options]
    if "@context" not in proof.options and context is not None:
        candidates.insert(0, {**proof.options, "@context": context})
    if not any(_holds(key, signature, signed_bytes(unsecured, options)) for options in candidates):
        raise SignatureError("a proof that does not hold")


def signed_bytes(unsecured: JsonObject, options: JsonObject) -> bytes:
    """What is signed: the hash of the options, then the hash of the document (vc-di-eddsa, section 3.3.4)."""
    return sha256(canonical(options)).digest() + sha256(canonical(unsecured)).digest()


def _signature(proof: Proof) -> bytes:
    try:
        return base58_decode(proof.value[1:])
    except ValueError:
        raise SignatureError("a signature that is not base58btc") from None


def _holds(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True
