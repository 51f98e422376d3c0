"""A browser for tests: it keeps cookies, sends the token of a form, and reads what a page says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from actors.actor import Actor
from actors.database import Database, now
from actors.kinds import Role
from actors.media.store import DocumentStore
from actors.people.accounts import add_account, hash_password
from actors.people.sessions import open_session
from actors.people.tables import Account
from actors.sanitize import plain_text
from actors.vault import Vault
from actors.wakeups import Wakeups
from tests.actors.cast import SITE, here
from tests.support.keys import SECRET, key_ring
from web.app import Resources, create_app
from web.limits import Limits
from web.visitor import SESSION_COOKIE

PASSWORD = "een-lang-wachtwoord"
_HASH = hash_password(PASSWORD)


class NobodyElse:
    """A resolver that finds no account; it remembers which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def account(self, account: str) -> Actor:
        self.asked.append(account)
        raise ValueError(account)


@dataclass
class Page:
    """What came back: its status, its HTML, and where it leads."""

    status: int
    markup: str
    headers: Mapping[str, str]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def text(self) -> str:
        """The words that people see, on one line."""
        return plain_text(self.markup.partition("<body")[2].partition(">")[2])

    @property
    def main(self) -> str:
        """The words of the page itself, without header and footer."""
        return plain_text(self.markup.partition("<main")[2].partition(">")[2].partition("</main>")[0])


class Pages:
    """The application of one instance over a database, and one browser."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        require_mfa: bool = False,
        can_mail: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.database = database
        self.resolver = NobodyElse()
        self.limits = limits or Limits()
        wakeups = Wakeups(database)
        self.app = create_app(
            Resources(
                site=SITE,
                database=database,
                keys=key_ring(),
                vault=Vault(SECRET),
                resolver=self.resolver,  # type: ignore[arg-type]
                documents=DocumentStore(folder),
                wakeups=wakeups,
                authenticator=None,  # type: ignore[arg-type]
                receiver=None,  # type: ignore[arg-type]
                limits=self.limits,
                require_mfa=require_mfa,
                can_mail=can_mail,
            )
        )
        self.client: TestClient[Any, Any] = TestClient(TestServer(self.app))
        self.cookies: dict[str, str] = {}
        self.language = "nl"

    async def get(self, path: str, **headers: str) -> Page:
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, data: Mapping[str, Any] | FormData, **headers: str) -> Page:
        """Send a form just as it is; for somebody who is not signed in, with the token of a form of theirs."""
        if SESSION_COOKIE not in self.cookies and isinstance(data, Mapping) and "csrf" not in data:
            data = {**data, "csrf": (await self.hidden("/inloggen")).get("csrf", "")}
        return await self._ask("POST", path, data, {"Origin": SITE.base_url} | headers)

    async def hidden(self, page: str) -> dict[str, str]:
        """Load a page, and return the token and the number of the last form on it."""
        return dict(re.findall(r'name="(csrf|once|van)" value="([^"]+)"', (await self.get(page)).markup))

    async def submit(self, page: str, action: str, **fields: Any) -> Page:
        """Load a page, and send its form with the token that stands in it."""
        form = FormData()
        for name, value in (await self.hidden(page) | fields).items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, tuple):
                    form.add_field(name, each[1], filename=each[0])
                else:
                    form.add_field(name, str(each))
        return await self.post(action, form)

    async def person(self, handle: str, *, admin: bool = False) -> Actor:
        """Add a person with an account."""
        roles = frozenset({Role.ADMINISTRATOR} if admin else ())
        async with self.database.writing() as session:
            actor = await here(session, handle)
            await add_account(
                session,
                actor,
                email=f"{handle}@example.org",
                password_hash=_HASH,
                roles=roles,
                now=now(),
            )
        return actor

    async def sign_in(self, handle: str = "karin", *, admin: bool = False) -> Actor:
        """Add a person and be signed in as them."""
        actor = await self.person(handle, admin=admin)
        await self.be(actor)
        return actor

    async def be(self, actor: Actor | None) -> None:
        """Be signed in as this person, or as nobody."""
        self.cookies.pop(SESSION_COOKIE, None)
        if actor is not None:
            async with self.database.writing() as session:
                account = await session.get_one(Account, actor.id)
                self.cookies[SESSION_COOKIE] = await open_session(session, account, now=now())

    async def _ask(
        self, method: str, path: str, data: Mapping[str, Any] | FormData | None, headers: Mapping[str, str]
    ) -> Page:
        sent = {"Accept": "text/html", "Accept-Language": self.language}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.client.request(method, path, data=data, headers=sent, allow_redirects=False)
        self.cookies |= {name: morsel.value for name, morsel in answer.cookies.items()}
        return Page(answer.status, await answer.text(), answer.headers)
