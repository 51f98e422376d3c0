"""Speaking with one provider: what it says of itself, where people go, and what a code is worth.

Everything goes out by the one client, bounded in size and time, and no redirect is followed with a secret in hand.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from joserfc.jwk import Key

from federation.client import Client
from federation.documents import JsonObject
from federation.errors import FederationError
from web.oidc.claims import Told, read_claims
from web.oidc.settings import ProviderSettings
from web.oidc.tokens import TokenError, UnknownKey, check_id_token, check_logout_token, read_keys, verify_signature

log = logging.getLogger(__name__)

_KEPT_SECONDS: Final = 3_600.0
_KEYS_AGAIN_AFTER: Final = 30.0
_LONGEST: Final = 65_536


class ProviderError(Exception):
    """The provider cannot be reached, or what it says cannot be believed; the message is for the log."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that was begun: what only its browser knows until it comes back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Begun":
        """Return one that nobody can guess."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """What the provider gets of the verifier (RFC 7636, S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


class Provider:
    """One provider. What it publishes is kept for an hour, its keys until a token is signed by another."""

    def __init__(
        self,
        settings: ProviderSettings,
        client: Client,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self._client = client
        self._clock = clock
        self._wall_clock = wall_clock
        self._metadata: JsonObject = {}
        self._metadata_until = float("-inf")
        self._keys: list[Key] = []
        self._keys_at = float("-inf")
        self._asking = asyncio.Lock()

    async def begin(self, begun: Begun, *, redirect_uri: str, language: str) -> str:
        """Return where the browser goes to sign in. Raises `ProviderError`."""
        metadata = await self._described()
        given = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return _with_query(_address(metadata, "authorization_endpoint"), given)

    async def finish(self, begun: Begun, *, code: str, issuer: str | None, redirect_uri: str) -> tuple[Told, str]:
        """Return who signed in, and the ID token that says so. Raises `ProviderError`.

        ``issuer`` is what the browser came back with (RFC 9207): a code of one provider is not shown to another.
        """
        metadata = await self._described()
        promised = metadata.get("authorization_response_iss_parameter_supported") is True
        if (issuer is not None or promised) and issuer != self.settings.issuer:
            raise ProviderError("the browser came back from another provider")
        answer = await self._ask(
            _address(metadata, "token_endpoint"),
            **self._proving(
                metadata,
                {
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": redirect_uri,
                    "code_verifier": begun.verifier,
                },
            ),
        )
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise ProviderError("no ID token came for the code")
        header, claims = await self._verified(id_token)
        try:
            check_id_token(
                header, claims, issuer=self.settings.issuer, client_id=self.settings.client_id, nonce=begun.nonce,
                access_token=access_token, now=int(self._wall_clock()),
            )  # fmt: skip
        except TokenError as error:
            raise ProviderError(str(error)) from None
        claims = await self._user_info(metadata, access_token, claims) | claims
        try:
            return read_claims(claims, groups_claim=self.settings.groups_claim), id_token
        except ValueError as error:
            raise ProviderError(str(error)) from None

    async def sign_out_address(self, id_token: str, *, back: str) -> str | None:
        """Return where the browser goes to sign out there too, when that is possible (RP-initiated logout)."""
        metadata = await self._described()
        if not isinstance(metadata.get("end_session_endpoint"), str):
            return None
        given = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        if id_token:
            given["id_token_hint"] = id_token
        return _with_query(_address(metadata, "end_session_endpoint"), given)

    async def signed_out(self, logout_token: str) -> tuple[str, str]:
        """Return whose sessions the provider ended: subject and session. Raises `ProviderError`."""
        _, claims = await self._verified(logout_token)
        try:
            return check_logout_token(
                claims, issuer=self.settings.issuer, client_id=self.settings.client_id, now=int(self._wall_clock())
            )
        except TokenError as error:
            raise ProviderError(str(error)) from None

    # ------------------------------------------------------- what it publishes
    async def _described(self) -> JsonObject:
        async with self._asking:
            if self._clock() >= self._metadata_until:
                url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = await self._ask(url)
                if metadata.get("issuer") != self.settings.issuer:
                    raise ProviderError(f"{url} is of the issuer {str(metadata.get('issuer'))[:200]!r}")
                self._metadata, self._metadata_until = metadata, self._clock() + _KEPT_SECONDS
            return self._metadata

    async def _verified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            try:
                return verify_signature(token, await self._published(again=False))
            except UnknownKey:
                return verify_signature(token, await self._published(again=True))
        except TokenError as error:
            raise ProviderError(str(error)) from None

    async def _published(self, *, again: bool) -> list[Key]:
        metadata = await self._described()
        async with self._asking:
            age = self._clock() - self._keys_at
            if age >= _KEPT_SECONDS or (again and age >= _KEYS_AGAIN_AFTER) or not self._keys:
                self._keys_at = self._clock()
                self._keys = read_keys(await self._ask(_address(metadata, "jwks_uri")))
            return self._keys

    async def _user_info(self, metadata: JsonObject, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        wanted = ["email", "name", *([self.settings.groups_claim] if self.settings.roles else [])]
        if all(name in claims for name in wanted) or not isinstance(metadata.get("userinfo_endpoint"), str):
            return {}
        url = _address(metadata, "userinfo_endpoint")
        told = await self._ask(url, headers={"Authorization": f"Bearer {access_token}"})
        if not hmac.compare_digest(str(told.get("sub")).encode(), str(claims.get("sub")).encode()):
            raise ProviderError("the user info is of somebody else")
        return told

    def _proving(self, metadata: JsonObject, form: dict[str, str]) -> dict[str, Any]:
        """Return the form and headers that show the token endpoint who we are (OpenID Connect Core, section 9)."""
        ours = self.settings
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if not ours.client_secret:
            return {"form": {**form, "client_id": ours.client_id}}
        if isinstance(methods, list) and "client_secret_basic" not in methods:
            return {"form": {**form, "client_id": ours.client_id, "client_secret": ours.client_secret}}
        pair = f"{quote_plus(ours.client_id)}:{quote_plus(ours.client_secret)}".encode()
        return {"form": form, "headers": {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}}

    async def _ask(self, url: str, **asked: Any) -> JsonObject:
        try:
            status, answer = await self._client.ask_json(url, max_bytes=_LONGEST, **asked)
        except FederationError as error:
            raise ProviderError(error.reason) from error
        if status != 200:
            raise ProviderError(f"{url}: answered {status}, {str(answer.get('error'))[:100]}")
        return answer


def _address(metadata: JsonObject, name: str) -> str:
    address = metadata.get(name)
    if not isinstance(address, str) or not address.startswith(("https://", "http://")) or len(address) > 2_000:
        raise ProviderError(f"the provider names no {name}")
    return address


def _with_query(address: str, given: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(given)}"
