"""Keys of actors: RSA, which everyone reads, and Ed25519, for those who read more.

All key operations are those of ``cryptography``. Loading costs far more than signing: keep loaded keys.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from federation.errors import SignatureError

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey

_RSA_BITS: Final = range(2048, 8192 + 1)
# The exponent is what a verification costs; real keys have 3 or 65537.
_MAX_RSA_EXPONENT_BITS: Final = 32
_MAX_PEM_CHARS: Final = 8_192
_MAX_MULTIBASE_CHARS: Final = 128

_ED25519_PUBLIC: Final = b"\xed\x01"  # Multicodec's varint of 0xed.
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES: Final = {character: value for value, character in enumerate(_BASE58)}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the IRI under which others find its public half."""

    key_id: str
    private: PrivateKey


def generate_rsa() -> PrivateKey:
    """A new RSA key of 2048 bits; takes some 50 ms of CPU."""
    return generate_private_key(public_exponent=65_537, key_size=2048)


def generate_ed25519() -> PrivateKey:
    """A new Ed25519 key."""
    return Ed25519PrivateKey.generate()


def load_private(pem: bytes) -> PrivateKey:
    """A private key of our own, from PEM (PKCS #8). Raises ``ValueError`` for what is none, or is of another kind.

    RSA's own checks are left out, as the key is from our own store: with them each load takes 40 ms instead of 1.
    """
    key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, PrivateKey):
        raise ValueError("a private key that is neither RSA nor Ed25519")
    return key


def load_public(material: str) -> PublicKey:
    """A public key as an actor publishes it: PEM, or multibase (FEP-521a).

    Raises ``SignatureError`` unless it is RSA of 2048 to 8192 bits with an ordinary exponent, or Ed25519.
    """
    key = _from_pem(material) if material.lstrip().startswith("-----BEGIN") else _from_multibase(material)
    if isinstance(key, RSAPublicKey):
        if key.key_size not in _RSA_BITS:
            raise SignatureError(f"an RSA key of {key.key_size} bits")
        if key.public_numbers().e.bit_length() > _MAX_RSA_EXPONENT_BITS:
            raise SignatureError("an RSA key with an oversized exponent")
    return key


def private_pem(key: PrivateKey) -> bytes:
    """The private key as PEM (PKCS #8), not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: PrivateKey | PublicKey) -> str:
    """The public half as PEM, for ``publicKeyPem``."""
    return _public(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def multikey(key: PrivateKey | PublicKey) -> str:
    """The public half of an Ed25519 key for ``publicKeyMultibase`` (FEP-521a): ``z6Mk…``. ``ValueError`` for RSA."""
    public = _public(key)
    if not isinstance(public, Ed25519PublicKey):
        raise ValueError("only Ed25519 keys are published as multikeys")
    return "z" + base58_encode(_ED25519_PUBLIC + public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def base58_encode(data: bytes) -> str:
    """Bytes in base58btc (draft-msporny-base58)."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_BASE58[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _BASE58[0] * zeros + "".join(reversed(digits))


def base58_decode(text: str) -> bytes:
    """Bytes from base58btc; ``ValueError`` for other characters. The time grows with the square of the length."""
    number = 0
    for character in text:
        if (value := _BASE58_VALUES.get(character)) is None:
            raise ValueError("not base58btc")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip(_BASE58[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _public(key: PrivateKey | PublicKey) -> PublicKey:
    return key.public_key() if isinstance(key, PrivateKey) else key


def _from_pem(pem: str) -> PublicKey:
    if len(pem) > _MAX_PEM_CHARS:
        raise SignatureError("a public key of too many characters")
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"not a public key in PEM: {error}") from None
    if not isinstance(key, PublicKey):
        raise SignatureError("a public key that is neither RSA nor Ed25519")
    return key


def _from_multibase(multibase: str) -> PublicKey:
    if len(multibase) > _MAX_MULTIBASE_CHARS or not multibase.startswith("z"):
        raise SignatureError("not a public key in base58btc")
    try:
        data = base58_decode(multibase[1:])
    except ValueError:
        raise SignatureError("not a public key in base58btc") from None
    if len(data) != 34 or not data.startswith(_ED25519_PUBLIC):
        raise SignatureError("a multikey that is not Ed25519")
    return Ed25519PublicKey.from_public_bytes(data[2:])
