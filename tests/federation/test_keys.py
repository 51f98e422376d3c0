import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import SignatureError
from federation.keys import (
    PrivateKey,
    base58_decode,
    base58_encode,
    generate_ed25519,
    generate_rsa,
    load_private,
    load_public,
    multikey,
    private_pem,
    public_pem,
)


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def private(request: pytest.FixtureRequest) -> PrivateKey:
    return generate_rsa() if request.param == "rsa" else generate_ed25519()


def pem_of(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_key_survives_being_stored(private: PrivateKey) -> None:
    assert private_pem(load_private(private_pem(private))) == private_pem(private)


def test_a_published_key_is_read_by_others(private: PrivateKey) -> None:
    assert public_pem(load_public(public_pem(private))) == public_pem(private)


def test_an_ed25519_key_is_published_as_a_multikey() -> None:
    key = generate_ed25519()
    assert multikey(key).startswith("z6Mk")
    assert load_public(multikey(key)) == key.public_key()


def test_a_known_multikey_is_read() -> None:
    # From FEP-8b32, which takes it from the Data Integrity test vectors.
    known = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ8XJPt4swbTQ2"
    assert multikey(load_public(known)) == known


def test_rsa_is_not_published_as_a_multikey() -> None:
    with pytest.raises(ValueError, match="Ed25519"):
        multikey(generate_rsa())


def test_the_older_pem_form_of_rsa_is_read() -> None:
    key = generate_rsa().public_key()
    assert isinstance(key, RSAPublicKey)
    assert load_public(key.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()) == key


def test_a_short_rsa_key_is_refused() -> None:
    with pytest.raises(SignatureError, match="1024 bits"):
        load_public(pem_of(rsa.generate_private_key(65_537, 1024).public_key()))


def test_an_rsa_key_with_a_huge_exponent_is_refused() -> None:
    numbers = generate_rsa().public_key()
    assert isinstance(numbers, RSAPublicKey)
    costly = rsa.RSAPublicNumbers(2**2000 + 1, numbers.public_numbers().n)
    with pytest.raises(SignatureError):
        load_public(pem_of(costly.public_key()))


def test_a_key_of_another_kind_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(SignatureError):
        load_public(pem_of(key.public_key()))
    with pytest.raises(ValueError, match="neither"):
        load_private(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@pytest.mark.parametrize(
    "material",
    [
        "",
        "z",
        "z0OIl",
        "zé",
        "z" + "1" * 10_000,
        "z6Mk",
        "m6Mk",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\né",
        "-----BEGIN PUBLIC KEY-----" + "A" * 100_000,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_key_is_refused(material: str) -> None:
    with pytest.raises(SignatureError):
        load_public(material)


def test_a_new_rsa_key_has_2048_bits() -> None:
    key = generate_rsa()
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048


@given(st.binary(max_size=64))
def test_base58_is_read_back(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data
