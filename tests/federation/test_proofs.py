"""Integrity proofs: the vectors of W3C, and everything that must not pass for one."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.documents import JsonObject
from federation.errors import DocumentError, SignatureError
from federation.keys import SigningKey, base58_decode, generate_ed25519, generate_rsa, multikey
from federation.proofs import Proof, canonical, proofs_of, sign, signed_bytes, verify, with_proofs, without_proof

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

# W3C, Data Integrity EdDSA Cryptosuites v1.0, appendix B.3 (representation: eddsa-jcs-2022).
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
CREDENTIAL: JsonObject = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
OPTIONS: JsonObject = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-jcs-2022",
    "created": "2023-02-24T23:36:38Z",
    "verificationMethod": f"did:key:{PUBLIC}#{PUBLIC}",
    "proofPurpose": "assertionMethod",
    "@context": CREDENTIAL["@context"],
}
CREDENTIAL_HASH = "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
OPTIONS_HASH = "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
PROOF_VALUE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"

NOTE: JsonObject = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"samen": "https://w3id.org/samenspraak/ns#"}],
    "id": "https://tilburg.example/afspraken/1",
    "content": "Wij openen de zaal, café erbij.",
    "version": 1,
}


def key_of(number: int = 0) -> SigningKey:
    return SigningKey(f"https://tilburg.example/personen/p{number}#ed25519-key", generate_ed25519())


def public_of(key: SigningKey) -> Any:
    return key.private.public_key()


def test_the_vector_of_the_specification_is_made() -> None:
    private = Ed25519PrivateKey.from_private_bytes(base58_decode(SECRET[1:])[2:])
    assert multikey(private) == PUBLIC
    assert sha256(canonical(CREDENTIAL)).hexdigest() == CREDENTIAL_HASH
    assert sha256(canonical(OPTIONS)).hexdigest() == OPTIONS_HASH
    signed = signed_bytes(CREDENTIAL, OPTIONS)
    assert signed.hex() == OPTIONS_HASH + CREDENTIAL_HASH
    assert private.sign(signed) == base58_decode(PROOF_VALUE[1:])


def test_the_vector_of_the_specification_holds() -> None:
    private = Ed25519PrivateKey.from_private_bytes(base58_decode(SECRET[1:])[2:])
    proof = Proof("https://vc.example/key", datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC), PROOF_VALUE, OPTIONS)
    verify(CREDENTIAL, proof, private.public_key(), now=NOW)


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    value = {"€": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew", "1": "One", "\U0001f600": "Smile",
             "\u0080": "Control", "ö": "Latin", "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27]}  # fmt: skip
    assert canonical(value).decode() == (
        '{"\\r":"Carriage Return","1":"One","numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"\u0080":"Control","ö":"Latin","€":"Euro Sign","\U0001f600":"Smile","\ufb33":"Hebrew"}'
    )


def test_numbers_without_a_canonical_form_are_refused() -> None:
    with pytest.raises(DocumentError):
        canonical({"version": 2**60})


def test_several_sign_the_same_bytes_and_each_proof_holds() -> None:
    anna, bram = key_of(1), key_of(2)
    first = sign(NOTE, anna, now=NOW)
    signed = with_proofs(NOTE, [first.document])
    second = sign(signed, bram, now=NOW)
    document = with_proofs(signed, [first.document, second.document])
    assert without_proof(document) == NOTE
    for proof, key in zip(proofs_of(document), (anna, bram), strict=True):
        assert proof.method == key.key_id
        verify(document, proof, public_of(key), now=NOW)
    with pytest.raises(SignatureError):
        verify(document, proofs_of(document)[0], public_of(bram), now=NOW)


@pytest.mark.parametrize("change", [{"content": "Wij openen niets."}, {"version": 2}, {"extra": True}])
def test_a_proof_does_not_hold_for_other_words(change: JsonObject) -> None:
    key = key_of()
    proof = sign(NOTE, key, now=NOW)
    with pytest.raises(SignatureError):
        verify({**NOTE, **change}, proof, public_of(key), now=NOW)


@pytest.mark.parametrize("change", [{"created": "2026-03-01T08:00:00Z"}, {"verificationMethod": "https://x.example/k"}])
def test_what_a_proof_says_of_itself_is_signed_too(change: JsonObject) -> None:
    key = key_of()
    changed = Proof.read({**sign(NOTE, key, now=NOW).document, **change})
    with pytest.raises(SignatureError):
        verify(NOTE, changed, public_of(key), now=NOW)


def test_a_proof_without_a_context_means_that_of_the_document() -> None:
    key = key_of()
    made = sign(NOTE, key, now=NOW).document
    bare = Proof.read({name: value for name, value in made.items() if name != "@context"})
    verify(NOTE, bare, public_of(key), now=NOW)


def test_a_proof_with_another_context_does_not_hold() -> None:
    key = key_of()
    proof = sign(NOTE, key, now=NOW)
    with pytest.raises(SignatureError, match="another context"):
        verify({**NOTE, "@context": NOTE["@context"][:1]}, proof, public_of(key), now=NOW)


@pytest.mark.parametrize("moment", [NOW + timedelta(hours=2), datetime(2019, 1, 1, tzinfo=UTC)])
def test_a_proof_of_an_impossible_date_does_not_hold(moment: datetime) -> None:
    key = key_of()
    with pytest.raises(SignatureError, match="date"):
        verify(NOTE, sign(NOTE, key, now=moment), public_of(key), now=NOW)


def test_only_ed25519_keys_prove() -> None:
    rsa = SigningKey("https://tilburg.example/k", generate_rsa())
    with pytest.raises(ValueError, match="Ed25519"):
        sign(NOTE, rsa, now=NOW)
    with pytest.raises(SignatureError, match="Ed25519"):
        verify(NOTE, sign(NOTE, key_of(), now=NOW), public_of(rsa), now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Ed25519Signature2020"}, {"cryptosuite": "eddsa-rdfc-2022"}, {"proofPurpose": "authentication"},
        {"created": None}, {"proofValue": "u" + "A" * 86}, {"proofValue": 7}, {"proofValue": "z" * 500},
        {"verificationMethod": "did:key:z6Mk"}, {"verificationMethod": None},
        {f"more{number}": number for number in range(20)},
    ],
)  # fmt: skip
def test_proofs_of_other_kinds_are_left_out(change: JsonObject) -> None:
    proof = sign(NOTE, key_of(), now=NOW).document
    assert proofs_of(with_proofs(NOTE, [{**proof, **change}])) == ()
    assert len(proofs_of(with_proofs(NOTE, [{**proof, **change}, proof]))) == 1


def test_a_signature_that_is_no_base58_does_not_hold() -> None:
    key = key_of()
    proof = Proof.read({**sign(NOTE, key, now=NOW).document, "proofValue": "z0OIl"})
    with pytest.raises(SignatureError):
        verify(NOTE, proof, public_of(key), now=NOW)
    short = Proof.read({**sign(NOTE, key, now=NOW).document, "proofValue": "z2"})
    with pytest.raises(SignatureError):
        verify(NOTE, short, public_of(key), now=NOW)


def test_of_a_long_list_of_proofs_the_first_count() -> None:
    proof = sign(NOTE, key_of(), now=NOW).document
    assert len(proofs_of(with_proofs(NOTE, [proof] * 50))) == 20
