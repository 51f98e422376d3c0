"""Reads: an actor's document, and the page of an issue with forty contributions.

The real server, as ``samenspraak serve --processes N`` runs it, asked over kept connections by a load
tool in a process of its own, which is not counted. Also how long the server takes from its start to
its first answer, and what it holds in memory when nobody asks.

*kept* is the page as everyone gets it; *changing* the same while a contribution a tenth of a second
comes in, so that it is rendered again and again; *signed in* is rendered for every request.
"""

import asyncio
import json
import socket
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psutil

from actors.database import Database, now
from actors.keys import make_pair
from actors.kinds import ActorKind, Phase
from actors.local import create_actor, own_organisation
from actors.people.accounts import add_account, hash_password, issue_token
from actors.posts.store import Draft
from benchmarks.harness import Ground, cpu_seconds, ground, line, peak_mb, process, resident_mb
from deploy.commands.making import make_organisation
from deploy.migrate import upgrade_database
from deploy.settings import Settings
from deploy.wiring import Parts, wire
from outbox.publish.contributions import publish_contribution
from outbox.publish.issues import IssueDraft, publish_issue

_PATH = "/vraagstukken/veilig-online"
_ACTIVITY = "application/activity+json"
_TEXT = "Wat vraag je van je buren, en wat vragen zij van jou? Begin klein, en kom erop terug. "


async def run(
    *, database: str = "postgresql", processes: int = 2, connections: int = 32, seconds: float = 5.0
) -> list[dict[str, Any]]:
    """Measure; returns one row a thing that is read."""
    with ground(database) as place:
        environment = environment_of(place)
        settings = Settings.from_environment(environment)
        token = await _fill(settings)
        started = time.perf_counter()
        with process(
            "deploy.cli", "serve", "--processes", str(processes), environment=environment, quiet=True
        ) as server:
            await answered(settings.port)
            start_up = time.perf_counter() - started
            root = psutil.Process(server.pid)
            await asyncio.sleep(2.0)
            idle = resident_mb(root)
            rows = []
            for name, accept, headers in (
                ("actor document", _ACTIVITY, ""),
                ("issue page, kept", "text/html", ""),
                ("issue page, signed in", "text/html", token),
            ):
                rows.append(
                    _row(name, database, processes, place, root, settings.port, (accept, headers), seconds, connections)
                )
            rows.append(await _changing(settings, database, processes, place, root, seconds, connections))
            rows.append(
                {"name": "start-up", "database": database, "processes": processes, "seconds": start_up, "idle_mb": idle}
            )
            return rows


def environment_of(place: Ground) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "SAMENSPRAAK_BASE_URL": "https://bench.example",
        "SAMENSPRAAK_LISTEN": f"127.0.0.1:{port}",
        "SAMENSPRAAK_DATA_DIR": str(place.folder / "data"),
        "SAMENSPRAAK_DATABASE_URL": place.database_url,
        "SAMENSPRAAK_RATE_LIMITS": "off",
        "SAMENSPRAAK_LOG_LEVEL": "warning",
        "SAMENSPRAAK_REQUIRE_MFA": "off",
    }


async def _fill(settings: Settings) -> str:
    settings.check_data_dir()
    settings.make_secret()
    await upgrade_database(Database(settings.database_url))
    await make_organisation(
        settings, name="Gemeente Tilburg", identifier=None, kind="organisation", handle="tilburg", summary=""
    )
    async with wire(settings) as parts:
        pairs = [await make_pair() for _ in range(9)]
        async with parts.database.writing() as session:
            host = await own_organisation(session)
            draft = IssueDraft(
                title="Veilig online", question="Wat hebben ouders nodig?", why=_TEXT, themes=["online-resilience"],
                phase=Phase.CONVERSATION, handle="veilig-online",
            )  # fmt: skip
            issue = await publish_issue(
                session, parts.site, parts.keys, pairs[0], host=host, by=host, draft=draft, now=now()
            )
            people = [
                await create_actor(
                    session, parts.site, parts.keys, pair, kind=ActorKind.PERSON, handle=f"persoon{number}",
                    name=f"Persoon {number}", now=now(),
                )
                for number, pair in enumerate(pairs[1:])
            ]  # fmt: skip
            said = []
            for number in range(39):
                parent = said[number // 3] if number % 3 else None
                text = Draft(_TEXT * 4, space=issue, reply_to=parent)
                said.append(
                    await publish_contribution(session, parts.site, people[number % len(people)], text, now=now())
                )
            account = await add_account(
                session, people[0], email="p@example.org", password_hash=hash_password("een lang wachtwoord"),
                now=now(),
            )  # fmt: skip
            return await issue_token(session, account, frozenset({"read", "write"}), now=now())


def _row(
    name: str, database: str, processes: int, place: Ground, root: psutil.Process, port: int,
    asked: tuple[str, str], seconds: float, connections: int,
) -> dict[str, Any]:  # fmt: skip
    accept, token = asked
    wish = f"{accept}\r\nAuthorization: Bearer {token}" if token else accept
    before = cpu_seconds(root) + cpu_seconds(place.server)
    with process("benchmarks.reader", str(port), str(connections), str(seconds), wish, _PATH) as reader:
        found: Mapping[str, Any] = json.loads(line(reader))
    used = cpu_seconds(root) + cpu_seconds(place.server) - before
    if found["failures"]:
        raise RuntimeError(f"{name}: {found['failures']} answers were not 200, such as {found['failure']}")
    return {
        "name": name,
        "database": database,
        "processes": processes,
        "per_second": found["per_second"],
        "cpu_ms_each": used * 1000 / found["answers"],
        "median_ms": found["median_ms"],
        "p95_ms": found["p95_ms"],
        "peak_rss_mb": peak_mb(root),
    }


async def _changing(
    settings: Settings, database: str, processes: int, place: Ground, root: psutil.Process, seconds: float,
    connections: int,
) -> dict[str, Any]:  # fmt: skip
    async with wire(settings) as parts:
        changes = asyncio.create_task(_change(parts))
        try:
            return await asyncio.to_thread(
                _row, "issue page, changing", database, processes, place, root, settings.port, ("text/html", ""),
                seconds, connections,
            )  # fmt: skip
        finally:
            changes.cancel()
            with suppress(asyncio.CancelledError):
                await changes


async def _change(parts: Parts) -> None:
    """Ten times a second, something is said elsewhere on the instance."""
    while True:
        async with parts.database.writing() as session:
            host = await own_organisation(session)
            await publish_contribution(session, parts.site, host, Draft("Een bericht."), now=now())
        await asyncio.sleep(0.1)


async def answered(port: int) -> None:
    def ask() -> None:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/.well-known/nodeinfo", timeout=1).read()

    async with asyncio.timeout(20):
        while True:
            with suppress(OSError):
                await asyncio.to_thread(ask)
                return
            await asyncio.sleep(0.02)
