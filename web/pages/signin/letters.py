"""The mail of signing in: queued in the transaction of what it tells, when the instance can send any."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.people.accounts import administrators
from actors.people.devices import device_of
from actors.people.tables import Account, Invitation
from outbox.mail.queue import queue_mail
from web.keys import CAN_MAIL, LANGUAGES, SITE, VAULT
from web.language import N_, Language
from web.render import language_of

CHANGES: Final[Mapping[str, str]] = {
    "password": N_("Your password was changed."),
    "email-asked": N_("Somebody asked to use another e-mail address for your account."),
    "email": N_("The e-mail address of your account was changed."),
    "totp-set": N_("An authenticator app was added to your account."),
    "totp-removed": N_("The authenticator app was removed from your account."),
    "passkey-added": N_("A passkey was added to your account."),
    "passkey-removed": N_("A passkey was removed from your account."),
    "codes": N_("New recovery codes were made for your account."),
    "identity-linked": N_("Your account was linked with an account elsewhere, which can now sign in to it."),
    "identity-unlinked": N_("An account elsewhere cannot sign in to your account any more."),
    "code-used": N_("Somebody signed in to your account with a recovery code."),
}
"""What a person hears of by e-mail, so that they notice when it was not them."""


async def write_to_person(
    request: web.Request,
    session: AsyncSession,
    kind: str,
    account: Account,
    *,
    now: datetime,
    until: datetime | None = None,
    to: str | None = None,
    **facts: Any,
) -> None:
    """Queue a mail to somebody with an account, in their language; ``to`` is another address than the account's."""
    if not request.app[CAN_MAIL]:
        return
    await queue_mail(
        session, vault=request.app[VAULT], kind=kind, to=to or account.email, language=account.language, facts=facts,
        account_id=account.actor_id, now=now, until=until,
    )  # fmt: skip


async def write_to_address(
    request: web.Request,
    session: AsyncSession,
    kind: str,
    address: str,
    *,
    now: datetime,
    until: datetime | None = None,
    **facts: Any,
) -> None:
    """Queue a mail to an address that has no account, in the language of the page that asked for it."""
    if not request.app[CAN_MAIL]:
        return
    await queue_mail(
        session, vault=request.app[VAULT], kind=kind, to=address, language=language_of(request).code, facts=facts,
        now=now, until=until,
    )  # fmt: skip


async def tell_change(
    request: web.Request, session: AsyncSession, account: Account, what: str, *, now: datetime, to: str | None = None
) -> None:
    """Tell a person what was changed in how they sign in; ``what`` is a key of `CHANGES`."""
    language = language_for(request, account)
    await write_to_person(
        request, session, "account_changed", account, now=now, to=to, what=what, told=language.gettext(CHANGES[what]),
        when=language.moment_of(now), url=url(request, "/mijn/beveiliging"),
    )  # fmt: skip


async def tell_new_device(request: web.Request, session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Tell a person that a browser signed in that had not before."""
    browser, system = device_of(request.headers.get("User-Agent", ""))
    language = language_for(request, account)
    await write_to_person(
        request, session, "new_device", account, now=now, browser=browser, system=system,
        when=language.moment_of(now), url=url(request, "/mijn/sessies"),
    )  # fmt: skip


async def mail_invitation(
    request: web.Request, session: AsyncSession, invitation: Invitation, secret: str, inviter: Actor, *, now: datetime
) -> None:
    """Send an invitation to the address that it names, if it names one."""
    if invitation.email is None:
        return
    await write_to_address(
        request, session, "invitation", invitation.email, now=now, until=invitation.expires_at,
        inviter=inviter.name or inviter.handle, message=invitation.message, url=invitation_url(request, secret),
        days=(invitation.expires_at - now).days,
    )  # fmt: skip


async def tell_administrators(request: web.Request, session: AsyncSession, waiting: Actor, *, now: datetime) -> None:
    """Tell every administrator that somebody waits for an answer."""
    for account in await administrators(session):
        await write_to_person(
            request, session, "registration_waiting", account, now=now, name=waiting.name,
            url=url(request, "/beheer/mensen"),
        )  # fmt: skip


async def tell_accepted(request: web.Request, session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Tell somebody who waited that they may take part."""
    await write_to_person(request, session, "registration_accepted", account, now=now, url=url(request, "/inloggen"))


async def tell_declined(
    request: web.Request, session: AsyncSession, account: Account, *, reason: str, now: datetime
) -> None:
    """Tell somebody who waited that they cannot; call it before the account is gone."""
    if not request.app[CAN_MAIL]:
        return
    # The account is deleted in the same transaction, so the mail must not belong to it.
    await queue_mail(
        session, vault=request.app[VAULT], kind="registration_declined", to=account.email, language=account.language,
        facts={"reason": reason}, now=now,
    )  # fmt: skip


def invitation_url(request: web.Request, secret: str) -> str:
    """Return the link of an invitation."""
    return url(request, f"/uitnodiging/{secret}")


def url(request: web.Request, path: str) -> str:
    """Return the whole address of a page here."""
    return f"{request.app[SITE].base_url}{path}"


def language_for(request: web.Request, account: Account) -> Language:
    """Return the language in which somebody reads their mail."""
    return request.app[LANGUAGES][account.language or ""]
