"""A real instance: made with the command line and served by its own process, as an operator would."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from actors.database import Database

ACTIVITY = {"Accept": "application/activity+json"}
PASSWORD = "een-lang-wachtwoord"


@dataclass
class RunningInstance:
    """An instance under a made-up https name, listening on a port of loopback."""

    name: str
    domain: str
    port: int
    folder: Path
    database_url: str
    hosts: Mapping[str, str]
    processes: int = 1
    process: asyncio.subprocess.Process | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    tooi: str = "gm0855"
    smtp_url: str = ""
    """The mail server (`tests.support.smtp`); without one it sends no mail."""

    @property
    def base_url(self) -> str:
        return f"https://{self.domain}"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SAMENSPRAAK_")}
        return clean | {
            "SAMENSPRAAK_BASE_URL": self.base_url,
            "SAMENSPRAAK_LISTEN": f"127.0.0.1:{self.port}",
            "SAMENSPRAAK_DATA_DIR": str(self.folder),
            "SAMENSPRAAK_DATABASE_URL": self.database_url,
            "SAMENSPRAAK_HOSTS": ",".join(f"{host}={origin}" for host, origin in self.hosts.items()),
            "SAMENSPRAAK_LOG_LEVEL": "info",
            "SAMENSPRAAK_REQUIRE_MFA": "off",
            "SAMENSPRAAK_SMTP_URL": self.smtp_url,
        }

    async def run(self, *arguments: str, stdin: str = "") -> str:
        """Run a command of the instance, and return what it printed; fails the test when it fails."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", *arguments,
            env=self.environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate(stdin.encode())
        assert process.returncode == 0, f"samenspraak {' '.join(arguments)}: {err.decode()}"
        return out.decode().strip()

    async def make(self) -> None:
        """Make the instance: its organisation and one administrator, `karin`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.run("init", "--name", self.name, "--tooi", self.tooi, "--handle", self.domain.split(".")[0])
        await self.run(
            "person", "add", "karin", "--email", "karin@example.org", "--name", "Karin", "--admin",
            stdin=PASSWORD + "\n",
        )  # fmt: skip

    async def publish_issue(self) -> None:
        """Publish the issue that stories between instances are about, at ``/vraagstukken/veilig-online``."""
        await self.run(
            "issue", "publish", "--title", "Veilig online", "--question", "Wat nu?", "--theme", "young-people",
            "--feedback-by", "2027-03-01", "--handle", "veilig-online",
        )  # fmt: skip

    async def start(self) -> None:
        """Serve, and wait until it answers."""
        log = (self.folder / "serve.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", "serve", "--processes", str(self.processes),
            env=self.environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        async with aiohttp.ClientSession() as client, asyncio.timeout(20):
            while True:
                try:
                    async with client.get(f"{self.origin}/.well-known/nodeinfo") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    assert self.process.returncode is None, self.log()
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End the server as its operator would."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    def log(self) -> str:
        """Return what the server wrote."""
        return (self.folder / "serve.log").read_text()

    # ------------------------------------------------------------------ asking
    async def get(self, path: str, *, headers: Mapping[str, str] = ACTIVITY) -> tuple[int, Any]:
        """Ask as a server does; returns the status and the JSON."""
        async with aiohttp.ClientSession() as client, client.get(self._url(path), headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def page(self, path: str) -> str:
        """Return a page as its visitor sees it, signed in or not."""
        async with self._browser() as client, client.get(self._url(path), headers={"Accept": "text/html"}) as answer:
            return await answer.text()

    async def sign_in(self, handle: str = "karin") -> None:
        """Sign in on the pages."""
        async with self._browser() as client, client.get(self._url("/inloggen")) as form:
            self.cookies |= {name: morsel.value for name, morsel in form.cookies.items()}
        status, answer = await self.submit("/inloggen", "/inloggen", {"name": handle, "password": PASSWORD})
        assert status in {302, 303}, answer

    async def submit(self, form_page: str, action: str, fields: Mapping[str, Any]) -> tuple[int, str]:
        """Send a form of a page with its token; returns the status and where it leads."""
        found = re.search(r'name="csrf" value="([^"]+)"', await self.page(form_page))
        assert found, f"no form on {form_page}"
        data = {**fields, "csrf": found[1]}
        async with (
            self._browser() as client,
            client.post(self._url(action), data=data, allow_redirects=False) as answer,
        ):
            self.cookies |= {name: morsel.value for name, morsel in answer.cookies.items()}
            return answer.status, answer.headers.get("Location", "") or await answer.text()

    def database(self) -> Database:
        """Return the instance's database, to look into; close it."""
        return Database(self.database_url)

    def _url(self, path: str) -> str:
        return self.origin + path.removeprefix(self.base_url)

    def _browser(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(cookies=self.cookies, headers={"Accept-Language": "nl"})


async def made_together(
    stack: AsyncExitStack,
    names: Mapping[str, str],
    *,
    folder: Path,
    free_port: Callable[[], int],
    postgresql: Mapping[str, str],
) -> list[RunningInstance]:
    """Make instances that can reach each other, none of them started; they stop when the stack ends.

    ``names`` are of their organisations, by domain. Each has SQLite, but for the domains that ``postgresql`` gives the
    URL of a database for.
    """
    origins = {domain: (port := free_port(), f"http://127.0.0.1:{port}") for domain in names}
    made = [
        RunningInstance(
            name=name,
            domain=domain,
            port=origins[domain][0],
            folder=folder / domain,
            database_url=postgresql.get(domain, f"sqlite:///{folder / domain}.sqlite3"),
            hosts={other: origin for other, (_, origin) in origins.items() if other != domain},
        )
        for domain, name in names.items()
    ]
    for instance in made:
        await instance.make()
        stack.push_async_callback(instance.stop)
    return made
