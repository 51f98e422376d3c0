"""Passkeys (WebAuthn): made, checked and removed. The challenge is held by a step of the browser (`steps`)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import webauthn
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from actors.actor import Actor
from actors.ids import new_id
from actors.people.tables import Passkey, Session, SignInStep
from actors.site import Site

MOST_PASSKEYS: Final = 20
LONGEST_NAME: Final = 100
_LONGEST_CREDENTIAL: Final = 20_000


class PasskeyError(ValueError):
    """What the browser sent is no proof; the reason is for the log."""


@dataclass(frozen=True)
class Proof:
    """A passkey that was proved, and whether the device asked its owner for a PIN, a finger or a face."""

    passkey: Passkey
    user_verified: bool


def registration_options(site: Site, actor: Actor, passkeys: Sequence[Passkey], name: str) -> tuple[str, bytes]:
    """Return what the browser is told to make a passkey with (JSON), and the challenge in it."""
    options = webauthn.generate_registration_options(
        rp_id=_host(site),
        rp_name=name[:64],
        user_name=actor.account,
        user_id=actor.id.to_bytes(8, "big"),
        user_display_name=actor.name or actor.handle,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys],
    )
    return webauthn.options_to_json(options), options.challenge


async def add_passkey(
    session: AsyncSession, site: Site, actor_id: int, *, answer: str, challenge: bytes, name: str, now: datetime
) -> Passkey:
    """Store the passkey that a browser made. Raises `PasskeyError`."""
    credential = _read(answer)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(site),
            expected_origin=site.base_url,
        )
    except Exception as error:  # noqa: BLE001 - whatever the parsers of the library make of a hostile answer
        raise PasskeyError(str(error)) from None
    if len(verified.credential_id) > 1_023:
        raise PasskeyError("a credential id of more than 1,023 bytes")
    if await session.scalar(select(Passkey.id).where(Passkey.credential_id == verified.credential_id)) is not None:
        raise PasskeyError("this passkey is known already")
    passkey = Passkey(
        id=new_id(),
        actor_id=actor_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name[:LONGEST_NAME],
        created_at=now,
    )
    session.add(passkey)
    await session.flush()
    return passkey


def sign_in_options(site: Site, passkeys: Sequence[Passkey] = (), *, asks_owner: bool = False) -> tuple[str, bytes]:
    """Return what the browser is told to prove a passkey with (JSON), and the challenge in it.

    Without ``passkeys`` the browser offers those that it has for this site, and the answer says whose it is.
    ``asks_owner`` says that the device has to ask for a PIN, a finger or a face; whether it did, the proof says.
    """
    options = webauthn.generate_authentication_options(
        rp_id=_host(site),
        allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys],
        user_verification=(
            UserVerificationRequirement.REQUIRED if asks_owner else UserVerificationRequirement.PREFERRED
        ),
    )
    return webauthn.options_to_json(options), options.challenge


async def check_passkey(
    session: AsyncSession, site: Site, *, answer: str, challenge: bytes, actor_id: int | None, now: datetime
) -> Proof:
    """Return the passkey that the answer proves, of this person or (``actor_id`` None) of anyone.

    Raises `PasskeyError`.
    """
    credential = _read(answer)
    try:
        credential_id = base64url_to_bytes(credential["rawId"])
        handle = credential["response"].get("userHandle")
        owner = int.from_bytes(base64url_to_bytes(handle), "big") if handle else None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PasskeyError("no credential in the answer") from None
    found = (await session.scalars(select(Passkey).where(Passkey.credential_id == credential_id))).one_or_none()
    if found is None or actor_id not in {None, found.actor_id} or owner not in {None, found.actor_id}:
        raise PasskeyError("a passkey that is not known here, or of somebody else")
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(site),
            expected_origin=site.base_url,
            credential_public_key=found.public_key,
            credential_current_sign_count=found.sign_count,
        )
    except Exception as error:  # noqa: BLE001 - as in `add_passkey`
        raise PasskeyError(str(error)) from None
    used = update(Passkey).where(Passkey.id == found.id, Passkey.sign_count == found.sign_count)
    counted = used.values(sign_count=verified.new_sign_count, last_used_at=now).returning(Passkey.id)
    if await session.scalar(counted) is None:
        raise PasskeyError("this passkey was used at the same moment")
    return Proof(found, verified.user_verified)


async def remove_passkey(session: AsyncSession, actor_id: int, passkey_id: int, *, but: bytes) -> str | None:
    """Remove a passkey of a person and return its name; None when they have no such.

    The sessions that it opened end, ``but`` the one with this digest, and so do the steps: it may be in other hands.
    """
    found = delete(Passkey).where(Passkey.id == passkey_id, Passkey.actor_id == actor_id)
    name = await session.scalar(found.returning(Passkey.name))
    if name is not None:
        await session.execute(delete(Session).where(Session.passkey_id == passkey_id, Session.digest != but))
        await session.execute(delete(SignInStep).where(SignInStep.passkey_id == passkey_id))
    return name


async def rename_passkey(session: AsyncSession, actor_id: int, passkey_id: int, name: str) -> bool:
    """Give a passkey of a person another name."""
    found = update(Passkey).where(Passkey.id == passkey_id, Passkey.actor_id == actor_id)
    return await session.scalar(found.values(name=name[:LONGEST_NAME]).returning(Passkey.id)) is not None


def _host(site: Site) -> str:
    return site.domain.rpartition(":")[0] if site.domain.rpartition(":")[2].isdigit() else site.domain


def _read(answer: str) -> dict[str, Any]:
    if not answer or len(answer) > _LONGEST_CREDENTIAL:
        raise PasskeyError("no answer of a browser")
    try:
        credential = json.loads(answer)
    except (ValueError, RecursionError):
        raise PasskeyError("the answer is no JSON") from None
    if not isinstance(credential, dict):
        raise PasskeyError("the answer is no credential")
    return credential
