"""A real provider of OpenID Connect on this machine, and a browser that fills in its pages (see tests/peers/oidc)."""

import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp

from tests.support.fedify import NODE

FOLDER = Path(__file__).parent.parent / "peers" / "oidc"
MISSING = "the OpenID Connect provider is not installed: signing in by way of another organisation was NOT tested"
_MOST_STEPS = 20


def is_installed() -> bool:
    """Whether `make test` could install the provider here."""
    return NODE.exists() and (FOLDER / "node_modules" / "oidc-provider").exists()


class Elsewhere:
    """The browser of one person at the provider; it stops where it is sent to another origin."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def go(self, url: str, *, login: str = "", cancel: bool = False) -> str:
        """Follow an address and fill in what is asked; return the address elsewhere that it leads to.

        ``cancel`` leaves at the first page that asks something.
        """
        method, data = "GET", None
        for _ in range(_MOST_STEPS):
            if not url.startswith(self.issuer):
                return url
            async with self._session.request(method, url, data=data, allow_redirects=False) as answer:
                markup = await answer.text()
                assert answer.status < 400, markup
                if answer.status in {302, 303}:
                    method, url, data = "GET", urljoin(url, answer.headers["Location"]), None
                    continue
            if cancel:
                found = re.search(r'href="([^"]+/abort)"', markup)
                assert found is not None, markup
                method, url, data, cancel = "GET", urljoin(url, unescape(found[1])), None, False
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"', markup)
            assert form is not None, markup
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', markup))
            typed = {"login": login, "password": "x"} if 'name="login"' in markup else {}
            # The page that asks whether to sign out has a button that says so.
            pressed = {"logout": "yes"} if 'name="logout"' in markup else {}
            method, url, data = "POST", urljoin(url, unescape(form[1])), hidden | typed | pressed
        raise AssertionError(f"sent round at {url}")

    async def close(self) -> None:
        await self._session.close()


@dataclass
class RunningProvider:
    """A provider that runs."""

    issuer: str

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Elsewhere]:
        """Yield a fresh browser."""
        browser = Elsewhere(self.issuer)
        try:
            yield browser
        finally:
            await browser.close()

    async def rotate_keys(self) -> None:
        """Have it sign with other keys from now on."""
        await self._control("rotate", {})

    async def know(self, accounts: Mapping[str, Any]) -> None:
        """Replace what it knows of people."""
        await self._control("accounts", accounts)

    async def _control(self, path: str, told: Mapping[str, Any]) -> None:
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.issuer}/control/{path}", json=told) as answer,
        ):
            assert answer.status == 200


@contextmanager
def running_provider(port: int, clients: Sequence[Mapping[str, Any]]) -> Iterator[RunningProvider]:
    """Start the provider, and end it."""
    command = [str(NODE), "peer.mjs", "--port", str(port), json.dumps({"clients": list(clients)})]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            yield RunningProvider(json.loads(process.stdout.readline())["issuer"])
        finally:
            process.terminate()
