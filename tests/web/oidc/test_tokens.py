"""Tokens are believed when a key of the provider signed them as such keys do, for us, and now."""

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from web.oidc.claims import read_claims
from web.oidc.tokens import (
    LOGOUT_EVENT,
    TokenError,
    UnknownKey,
    check_id_token,
    check_logout_token,
    read_keys,
    verify_signature,
)

ISSUER, CLIENT, NONCE, NOW = "https://login.example", "samen", "n-0S6_WzA2Mj", 1_790_000_000
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
OTHER = RSAKey.generate_key(2048, {"kid": "rsa"})
KEYS = read_keys({"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]})
CLAIMS = {"iss": ISSUER, "sub": "1", "aud": CLIENT, "exp": NOW + 300, "iat": NOW, "nonce": NONCE}


def signed(key: Any, algorithm: str, **header: str) -> str:
    return jwt.encode({"alg": algorithm, **header}, CLAIMS, key, algorithms=[algorithm])


def _part(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def checked(**changed: Any) -> None:
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    check_id_token(
        {"alg": "RS256"}, claims, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, access_token="access", now=NOW
    )


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"), [(RSA, "RS256", "rsa"), (RSA, "PS256", "rsa"), (EC, "ES256", "ec")]
)
def test_a_token_is_believed_that_a_published_key_signed(key: Any, algorithm: str, kid: str) -> None:
    assert verify_signature(signed(key, algorithm, kid=kid), KEYS)[1] == CLAIMS
    assert verify_signature(signed(key, algorithm), KEYS)[1] == CLAIMS


def test_a_public_key_does_not_serve_as_a_secret() -> None:
    for secret in (RSA.as_pem(private=False), RSA.as_dict(private=False)["n"].encode()):
        said = f"{_part({'alg': 'HS256', 'kid': 'rsa'})}.{_part(CLAIMS)}"
        seal = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), "sha256")).rstrip(b"=").decode()
        token = f"{said}.{seal}"
        with pytest.raises(TokenError):
            verify_signature(token, KEYS)


def test_a_token_that_nobody_signed_is_not_believed() -> None:
    token = f"{_part({'alg': 'none'})}.{_part(CLAIMS)}."
    for wrong in (token, "", "x", "a.b.c", signed(RSA, "RS256")[:-6] + "AAAAAA", "é.é.é", "x" * 40_000):
        with pytest.raises(TokenError):
            verify_signature(wrong, KEYS)


def test_another_key_under_the_same_name_is_not_believed() -> None:
    with pytest.raises(UnknownKey):
        verify_signature(signed(OTHER, "RS256", kid="rsa"), KEYS)
    with pytest.raises(UnknownKey):
        verify_signature(signed(RSA, "RS256", kid="ander"), KEYS)


def test_keys_for_something_else_and_broken_ones_are_left_out() -> None:
    published = RSA.as_dict(private=False)
    for document in ({}, {"keys": 1}, {"keys": [None, {"kty": "RSA"}, {"kty": 5}, published | {"use": "enc"}]}):
        assert read_keys(document) == []
    assert read_keys({"keys": [OctKey.generate_key().as_dict()]}) == []


def test_an_id_token_that_fits_is_believed() -> None:
    checked()
    checked(aud=[CLIENT])
    checked(aud=[CLIENT, "ander"], azp=CLIENT)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "ander"}, {"aud": ["ander"]}, {"aud": None},
        {"aud": [CLIENT, "ander"]}, {"aud": [CLIENT, "ander"], "azp": "ander"}, {"azp": "ander"}, {"nonce": "x"},
        {"nonce": None}, {"exp": NOW - 120}, {"exp": None}, {"iat": NOW - 3_600}, {"iat": NOW + 3_600}, {"iat": None},
        {"sub": None}, {"at_hash": "x"}, {"exp": "morgen"}, {"nbf": NOW + 3_600},
    ],
)  # fmt: skip
def test_an_id_token_of_another_or_of_another_time_is_not(changed: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        checked(**changed)


@pytest.mark.parametrize("subject", ["", "x" * 256, 5, None, "a\nb", "a\x00b"])
def test_a_subject_that_cannot_be_one_is_refused(subject: object) -> None:
    with pytest.raises(ValueError, match="subject"):
        read_claims(CLAIMS | {"sub": subject}, groups_claim="groups")


def test_claims_of_any_kind_do_no_harm() -> None:
    told = read_claims(
        CLAIMS | {"email": ["x"], "email_verified": "true", "name": "\u202eA", "groups": {"a": 1}, "amr": "mfa"},
        groups_claim="groups",
    )
    assert (told.email, told.email_is_theirs, told.groups, told.two_factors) == ("", False, frozenset(), False)
    assert "\u202e" not in told.name
    one = read_claims(CLAIMS | {"groups": "redactie"}, groups_claim="groups")
    assert one.groups == {"redactie"}


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"}, {"aud": "ander"}, {"events": {}}, {"nonce": "x"}, {"iat": NOW - 3_600},
        {"iat": "x"}, {"sub": None, "sid": None}, {"exp": NOW - 3_600}, {"events": [LOGOUT_EVENT]},
    ],
)  # fmt: skip
def test_a_logout_token_of_another_kind_ends_nothing(changed: dict[str, Any]) -> None:
    claims = {"iss": ISSUER, "aud": CLIENT, "iat": NOW, "sub": "1", "sid": "s", "events": {LOGOUT_EVENT: {}}}
    told = {"issuer": ISSUER, "client_id": CLIENT, "now": NOW}
    assert check_logout_token(claims, **told) == ("1", "s")
    with pytest.raises(TokenError):
        check_logout_token({name: value for name, value in (claims | changed).items() if value is not None}, **told)
