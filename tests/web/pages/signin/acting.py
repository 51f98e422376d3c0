"""What people do in these tests: look at a code, open a mail, press a passkey."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select, update

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.people import accounts
from actors.people.accounts import issue_token
from actors.people.factors import confirm_totp, start_totp
from actors.people.tables import Account, Session, TotpFactor
from actors.vault import Vault
from outbox.mail.queue import open_facts
from outbox.mail.tables import Mail
from tests.support.authenticator import Authenticator
from tests.support.keys import SECRET
from tests.web.pages.browser import PASSWORD, Page, Pages
from web.visitor import SESSION_COOKIE

STRANGE = ["<script>alert(1)</script>", "x\u202egpj.exe", "a\0b", "a\u2028b", "\x1b[31m"]
"""What people paste, or try. Lone surrogates cannot be sent as UTF-8: browsers send another sign for them."""


@dataclass
class Letter:
    """A mail in the queue."""

    kind: str
    to: str
    facts: dict[str, Any]

    @property
    def path(self) -> str:
        return self.facts["url"].removeprefix("https://tilburg.example")


def fast_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords in no time; how slow a hash is, is not what these tests are about."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def letters(pages: Pages) -> list[Letter]:
    """Return what was mailed, oldest first."""
    async with pages.database.reading() as session:
        mails = await session.scalars(select(Mail).order_by(Mail.id))
        return [Letter(mail.kind, mail.recipient, open_facts(Vault(SECRET), mail.facts or b"")) for mail in mails]


async def acts(pages: Pages) -> list[str]:
    """Return what the log says, oldest first."""
    async with pages.database.reading() as session:
        return list(await session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


async def account_of(pages: Pages, actor: Actor) -> Account:
    """Return an account as it is now."""
    async with pages.database.reading() as session:
        return await session.get_one(Account, actor.id)


async def give_app(pages: Pages, actor: Actor) -> bytes:
    """Set up an authenticator app for a person; return its secret."""
    vault, before = Vault(SECRET), now() - timedelta(minutes=10)
    async with pages.database.writing() as session:
        secret = await start_totp(session, vault, actor.id, now=before)
        assert await confirm_totp(session, vault, actor.id, code(secret, before), now=before)
    return secret


def code(secret: bytes, moment: datetime | None = None) -> str:
    """Return what an app shows."""
    return TOTP(secret, 6, SHA1(), 30).generate(int((moment or now()).timestamp())).decode()


async def give_token(pages: Pages, actor: Actor, *scopes: str) -> str:
    """Make a token for a program that acts for a person; it may read unless told otherwise."""
    async with pages.database.writing() as session:
        account = await session.get_one(Account, actor.id)
        return await issue_token(session, account, frozenset(scopes or {"read"}), now=now())


async def forget_code(pages: Pages) -> None:
    """Let the codes of now count again, as if time had passed."""
    async with pages.database.writing() as session:
        await session.execute(update(TotpFactor).values(last_step=0))


async def grow_stale(pages: Pages) -> None:
    """Let two hours pass since anybody proved who they are."""
    async with pages.database.writing() as session:
        await session.execute(update(Session).values(reauthenticated_at=now() - timedelta(hours=2)))


async def by_password(pages: Pages, name: str = "karin", password: str = PASSWORD, **more: str) -> Page:
    """Fill in the sign-in form."""
    return await pages.post("/inloggen", {"name": name, "password": password, **more})


async def add_passkey(pages: Pages, device: Authenticator, name: str = "Telefoon") -> Page:
    """Make a passkey, as the script of the page does."""
    page = "/mijn/beveiliging/passkey"
    hidden = await pages.hidden(page)
    options = await pages.post(f"{page}/vraag", {"csrf": hidden["csrf"]})
    assert options.status == 200, options.main
    return await pages.post(page, hidden | {"name": name, "credential": device.make(options.markup)})


async def passkey_answer(pages: Pages, device: Authenticator, page: str, **changed: Any) -> dict[str, str]:
    """Return the fields of a form that proves a passkey, as the script of the page fills them in."""
    hidden = await pages.hidden("/inloggen" if page == "/inloggen/passkey" else page)
    options = await pages.post(f"{page}/vraag", {"csrf": hidden["csrf"]})
    assert options.status == 200, options.main
    return hidden | {"credential": device.prove(options.markup, **changed)}


def is_signed_in(pages: Pages) -> bool:
    """Whether the browser holds a session cookie."""
    return bool(pages.cookies.get(SESSION_COOKIE))


def recovery_codes(page: Page) -> list[str]:
    """Return the codes on a page."""
    return re.findall(r"<code>([a-z0-9-]{19})</code>", page.markup)
