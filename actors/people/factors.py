"""Second factors: an authenticator app (TOTP, RFC 6238) and recovery codes. `actors.people.passkeys` has the third."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.people.accounts import digest
from actors.people.tables import Account, Passkey, RecoveryCode, TotpFactor
from actors.upsert import insert_or_update
from actors.vault import Vault

_STEP: Final = 30
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_UNCONFIRMED_FOR: Final = timedelta(hours=1)
RECOVERY_CODES: Final = 10
_LETTERS: Final = "23456789abcdefghjkmnpqrstvwxyz"
"""Letters and digits that are not taken for each other on paper."""
_GROUPS: Final = 4


@dataclass(frozen=True)
class Factors:
    """What a person can prove besides a password."""

    totp_since: datetime | None
    passkeys: tuple[Passkey, ...]
    recovery_codes: int

    @property
    def second(self) -> bool:
        """Whether signing in takes a second factor."""
        return self.totp_since is not None or bool(self.passkeys)


async def read_factors(session: AsyncSession, actor_id: int) -> Factors:
    """Return what a person set up."""
    totp = await session.scalar(select(TotpFactor.confirmed_at).where(TotpFactor.actor_id == actor_id))
    passkeys = await session.scalars(select(Passkey).where(Passkey.actor_id == actor_id).order_by(Passkey.id))
    codes = await session.scalar(select(func.count()).where(RecoveryCode.actor_id == actor_id))
    return Factors(totp, tuple(passkeys), codes or 0)


async def start_totp(session: AsyncSession, vault: Vault, actor_id: int, *, now: datetime) -> bytes:
    """Return the secret for an authenticator app: the one that waits for its first code, or a new one.

    Raises `ValueError` for who has a confirmed one: it has to be removed first.
    """
    found = await session.get(TotpFactor, actor_id)
    if found is not None and found.confirmed_at is not None:
        raise ValueError("this account has an authenticator app")
    if found is not None and found.created_at > now - _UNCONFIRMED_FOR:
        return vault.open(found.sealed)
    secret = secrets.token_bytes(_SECRET_BYTES)
    row = {
        "actor_id": actor_id, "sealed": vault.seal(secret), "created_at": now, "confirmed_at": None, "last_step": 0,
    }  # fmt: skip
    await insert_or_update(
        session, TotpFactor, row, on=["actor_id"], update=["sealed", "created_at"],
        where=TotpFactor.confirmed_at.is_(None),
    )  # fmt: skip
    return secret


async def confirm_totp(session: AsyncSession, vault: Vault, actor_id: int, code: str, *, now: datetime) -> bool:
    """Let an authenticator app count from now on, when the code shows that it has the secret."""
    found = await session.get(TotpFactor, actor_id)
    if found is None or found.confirmed_at is not None:
        return False
    if not await _take_code(session, vault, found, code, now):
        return False
    await session.execute(update(TotpFactor).where(TotpFactor.actor_id == actor_id).values(confirmed_at=now))
    return True


async def check_totp(session: AsyncSession, vault: Vault, actor_id: int, code: str, *, now: datetime) -> bool:
    """Whether this is a code of the person's app for about now that was not used before; it is used then."""
    found = await session.get(TotpFactor, actor_id)
    if found is None or found.confirmed_at is None:
        return False
    return await _take_code(session, vault, found, code, now)


async def remove_totp(session: AsyncSession, actor_id: int) -> bool:
    """Forget the authenticator app."""
    found = delete(TotpFactor).where(TotpFactor.actor_id == actor_id, TotpFactor.confirmed_at.is_not(None))
    return await session.scalar(found.returning(TotpFactor.actor_id)) is not None


def typed_secret(secret: bytes) -> str:
    """Return a secret as people type it into an app: base32 in groups of four."""
    text = _generator(secret).get_provisioning_uri("x", None).partition("secret=")[2]
    text = text.partition("&")[0].rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def provisioning_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the address that an app reads from the QR code."""
    return _generator(secret).get_provisioning_uri(account, issuer)


async def make_recovery_codes(session: AsyncSession, actor_id: int, *, now: datetime) -> list[str]:
    """Return new recovery codes, to be shown once; those of before count no more."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.actor_id == actor_id))
    codes = ["-".join(_letters(4) for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(actor_id=actor_id, digest=digest(code), created_at=now) for code in codes)
    await session.flush()
    return codes


async def use_recovery_code(session: AsyncSession, actor_id: int, code: str) -> bool:
    """Whether this is a recovery code of the person that was not used before; it is used then."""
    plain = "".join(letter for letter in code.lower() if letter in _LETTERS)
    spelled = "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))
    found = delete(RecoveryCode).where(RecoveryCode.actor_id == actor_id, RecoveryCode.digest == digest(spelled))
    return await session.scalar(found.returning(RecoveryCode.actor_id)) is not None


async def remove_factors(session: AsyncSession, account: Account) -> None:
    """Forget all that a person proves with besides a password: they have lost it."""
    for table in (TotpFactor, Passkey, RecoveryCode):
        await session.execute(delete(table).where(table.actor_id == account.actor_id))


async def _take_code(session: AsyncSession, vault: Vault, factor: TotpFactor, code: str, now: datetime) -> bool:
    given = "".join(code.split())
    if len(given) != _DIGITS or not given.isascii() or not given.isdigit():
        return False
    generator = _generator(vault.open(factor.sealed))
    moment = int(now.timestamp())
    for step in (moment // _STEP, moment // _STEP - 1, moment // _STEP + 1):
        if secrets.compare_digest(generator.generate(step * _STEP), given.encode()):
            # The condition holds for one of two that come with the same code at once.
            used = update(TotpFactor).where(TotpFactor.actor_id == factor.actor_id, TotpFactor.last_step < step)
            return await session.scalar(used.values(last_step=step).returning(TotpFactor.actor_id)) is not None
    return False


def _generator(secret: bytes) -> TOTP:
    # What every app can: SHA-1 is no weakness inside an HMAC.
    return TOTP(secret, _DIGITS, SHA1(), _STEP)  # noqa: S303


def _letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))
