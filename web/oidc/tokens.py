"""Tokens of a provider: signed by a key that it publishes, with an algorithm for such keys, for us, and now.

Which algorithm is right is for the key to say and for us: ``none`` and those with a shared secret are none of ours,
so a public key never serves as one.
"""

from collections.abc import Mapping
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

_Kind = type[RSAKey] | type[ECKey] | type[OKPKey]
_KINDS: Final[Mapping[str, _Kind]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
ALGORITHMS: Final[Mapping[str, _Kind]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), ECKey),
    **dict.fromkeys(("EdDSA", "Ed25519"), OKPKey),
}
LEEWAY: Final = 60
_OLDEST: Final = 600
_MOST_KEYS: Final = 50
_LONGEST: Final = 32_768
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


class TokenError(Exception):
    """A token that is not believed; the message is for the log."""


class UnknownKey(TokenError):
    """A token signed by a key that is not among those that we have: the provider may have new ones."""


def read_keys(document: Mapping[str, Any]) -> list[Key]:
    """Read the keys that a provider publishes, leaving out what serves for something else or cannot be read."""
    listed = document.get("keys")
    found: list[Key] = []
    for each in (listed if isinstance(listed, list) else [])[:_MOST_KEYS]:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        kind = _KINDS.get(str(each.get("kty")))
        try:
            if kind is not None:
                found.append(kind.import_key(each))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return found


def verify_signature(token: str, keys: list[Key]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and claims of a token that one of these keys signed. Raises `TokenError` by its leaves."""
    if len(token) > _LONGEST:
        raise TokenError("a token that is too long")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise TokenError(f"no token: {error}") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    kind = ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if kind is None or not isinstance(algorithm, str):
        raise TokenError(f"signed with the algorithm {algorithm!r}")
    fitting = [key for key in keys if isinstance(key, kind) and (key_id is None or key.kid == key_id)]
    if not fitting:
        raise UnknownKey(f"signed by the unknown key {key_id!r}")
    for key in fitting:
        if (key.as_dict(private=False).get("alg") or algorithm) != algorithm:
            continue
        try:
            decoded = jwt.decode(token, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            continue
        return dict(decoded.header), dict(decoded.claims)
    raise UnknownKey("the signature does not fit")


def check_id_token(
    header: dict[str, Any],
    claims: dict[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: int,
) -> None:
    """Check that an ID token is for us, of this sign-in, and of now (OpenID Connect Core, 3.1.3.7)."""
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    token = CodeIDToken(claims, header, options, {"nonce": nonce, "client_id": client_id, "access_token": access_token})
    try:
        token.validate(now=now, leeway=LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenError(f"an ID token that does not fit: {error}") from None
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if len(audience) > 1 and claims.get("azp") != client_id:
        raise TokenError("an ID token for several, and not given to us")
    if not isinstance(claims["iat"], (int, float)) or now - claims["iat"] > _OLDEST:
        raise TokenError("an ID token of long ago")


def check_logout_token(claims: dict[str, Any], *, issuer: str, client_id: str, now: int) -> tuple[str, str]:
    """Check a logout token, and return whose sessions end: subject and session, one of which may be empty.

    See OpenID Connect Back-Channel Logout, section 2.6.
    """
    audience = claims.get("aud")
    events = claims.get("events")
    issued, expires = claims.get("iat"), claims.get("exp", now)
    if claims.get("iss") != issuer or client_id not in (audience if isinstance(audience, list) else [audience]):
        raise TokenError("a logout token of or for another")
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise TokenError("not a logout token")
    if not isinstance(issued, (int, float)) or not isinstance(expires, (int, float)):
        raise TokenError("a logout token without a time")
    if not now - _OLDEST <= issued <= now + LEEWAY or expires < now - LEEWAY:
        raise TokenError("a logout token of another time")
    subject, sid = claims.get("sub", ""), claims.get("sid", "")
    if not isinstance(subject, str) or not isinstance(sid, str) or not (subject or sid):
        raise TokenError("a logout token for nobody")
    return subject, sid
