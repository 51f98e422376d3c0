"""Arrivals: signed notes to an issue of ours, until each is accepted *and* handled.

``python -m benchmarks.arrivals --database postgresql --processes 2 --notes 10000``

The real server, as ``samenspraak serve --processes N`` runs it, gets requests that were signed
beforehand by 20 actors with RSA keys of their own: distinct ``Create{Note}`` of 500 characters, over
32 kept connections, from a load tool in a process of its own that is not counted. Measured is the
time from the first request until nothing waits any more, the CPU time of our processes and the
database's, and what was accepted and then not there: *lost*, which must be 0. A thousand go before,
to warm up.
"""

import argparse
import asyncio
import json
import socket
import struct
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import uvloop
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.keys import make_pair
from actors.kinds import FollowState, Phase
from actors.local import own_organisation
from actors.posts.tables import Post
from actors.relations import Follow
from actors.remote import store_actor
from benchmarks.harness import Ground, cpu_seconds, ground, line, peak_mb, process
from deploy.commands.making import make_organisation
from deploy.migrate import upgrade_database
from deploy.settings import Settings
from deploy.wiring import wire
from federation import keys
from federation.documents import ActorDocument, dump
from federation.keys import SigningKey
from federation.signatures import sign_post
from federation.vocabulary import CONTEXT, PUBLIC
from inbox.arrivals import count_waiting
from inbox.tables import Arrival, ArrivalState
from outbox.publish.issues import IssueDraft, publish_issue

ACTORS = 20
CONNECTIONS = 32
_WARM = 1_000
BASE = "https://bench.example"
ISSUE = f"{BASE}/vraagstukken/veilig-online"
_TEXT = "Wat vraag je van je buren, en wat vragen zij van jou? Begin klein, en kom erop terug. " * 6


async def run(
    *, database: str = "postgresql", processes: int = 2, notes: int = 10_000, followers: int = 0
) -> dict[str, Any]:
    """Measure; see above. ``followers`` of the issue, each on a server of its own that does not answer."""
    with ground(database) as place:
        environment = _environment(place)
        settings = Settings.from_environment(environment)
        requests = place.folder / "requests"
        people = _people()
        await _fill(settings, people, followers)
        with process(
            "deploy.cli", "serve", "--processes", str(processes), environment=environment, quiet=True
        ) as server:
            await _answers(settings.port)
            root = psutil.Process(server.pid)
            store = Database(settings.database_url, pool_size=1)
            try:
                for first, count in ((0, _WARM), (_WARM, notes)):
                    _write_requests(requests, people, first, count)
                    measured = await _measure(store, place, root, settings.port, requests)
            finally:
                await store.close()
            measured["peak_rss_mb"] = peak_mb(root)
    name = "signed notes to an issue" + (f" with {followers} followers" if followers else "")
    return {"name": name, "database": database, "processes": processes, **measured}


async def _measure(store: Database, place: Ground, root: psutil.Process, port: int, requests: Path) -> dict[str, Any]:
    stored = await _count_posts(store)
    ours, theirs = cpu_seconds(root), cpu_seconds(place.server)
    started = time.perf_counter()
    with process("benchmarks.arrivals", "--send", str(port), str(requests)) as sender:
        sent = json.loads(await asyncio.to_thread(line, sender))
    await _all_handled(store)
    wall = time.perf_counter() - started - sent["ready"]
    ours, theirs = cpu_seconds(root) - ours, cpu_seconds(place.server) - theirs
    accepted = sent["statuses"].get("202", 0)
    return {
        "per_second": accepted / wall,
        "accepted_per_second": accepted / sent["seconds"],
        "cpu_ms_each": (ours + theirs) * 1000 / accepted,
        "database_cpu_ms_each": theirs * 1000 / accepted,
        "p95_ms": sent["p95_ms"],
        "statuses": sent["statuses"],
        "lost": accepted - (await _count_posts(store) - stored),
    }


def _environment(place: Ground) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "SAMENSPRAAK_BASE_URL": BASE,
        "SAMENSPRAAK_LISTEN": f"127.0.0.1:{port}",
        "SAMENSPRAAK_DATA_DIR": str(place.folder / "data"),
        "SAMENSPRAAK_DATABASE_URL": place.database_url,
        "SAMENSPRAAK_RATE_LIMITS": "off",
        "SAMENSPRAAK_LOG_LEVEL": "warning",
        "SAMENSPRAAK_REQUIRE_MFA": "off",
    }


def _people() -> list[SigningKey]:
    return [
        SigningKey(f"https://peer{number % 5}.example/users/p{number}#main-key", keys.generate_rsa())
        for number in range(ACTORS)
    ]


def _actor(key: SigningKey) -> dict[str, Any]:
    uri = key.key_id.partition("#")[0]
    return {
        "id": uri,
        "type": "Person",
        "preferredUsername": uri.rpartition("/")[2],
        "inbox": f"{uri}/inbox",
        "followers": f"{uri}/followers",
        "publicKey": {"id": key.key_id, "owner": uri, "publicKeyPem": keys.public_pem(key.private)},
    }


async def _fill(settings: Settings, people: list[SigningKey], followers: int) -> None:
    settings.check_data_dir()
    settings.make_secret()
    await upgrade_database(Database(settings.database_url))
    await make_organisation(
        settings, name="Gemeente Tilburg", identifier=None, kind="organisation", handle="tilburg", summary=""
    )
    async with wire(settings) as parts:
        pair = await make_pair()
        async with parts.database.writing() as session:
            host = await own_organisation(session)
            draft = IssueDraft(
                title="Veilig online", question="Wat hebben ouders nodig?", phase=Phase.CONVERSATION,
                handle="veilig-online",
            )  # fmt: skip
            issue = await publish_issue(
                session, parts.site, parts.keys, pair, host=host, by=host, draft=draft, now=now()
            )
            for person in people:
                await store_actor(session, ActorDocument.read(_actor(person)), now=now())
            for number in range(followers):
                await _add_follower(session, issue, number)


async def _add_follower(session: Any, issue: Actor, number: int) -> None:
    uri = f"https://follower{number}.example/users/f"
    actor = await store_actor(
        session, ActorDocument.read({"id": uri, "type": "Person", "inbox": f"{uri}/inbox"}), now=now()
    )
    session.add(
        Follow(
            id=new_id(), follower_id=actor.id, followee_id=issue.id, uri=f"{uri}#follow", state=FollowState.ACCEPTED,
            created_at=now(),
        )
    )  # fmt: skip


# -------------------------------------------------------------------- requests
def _write_requests(path: Path, people: list[SigningKey], first: int, notes: int) -> None:
    secrets = [(key.key_id, keys.private_pem(key.private)) for key in people]
    end, share = first + notes, -(-notes // 8)
    with ProcessPoolExecutor() as pool, path.open("wb") as file:
        jobs = [pool.submit(_requests, secrets, start, min(start + share, end)) for start in range(first, end, share)]
        for job in jobs:
            for request in job.result():
                file.write(struct.pack("!I", len(request)) + request)


def _requests(secrets: list[tuple[str, bytes]], start: int, end: int) -> list[bytes]:
    people = [SigningKey(key_id, keys.load_private(pem)) for key_id, pem in secrets]
    return [_request(people[number % len(people)], number) for number in range(start, end)]


def _request(person: SigningKey, number: int) -> bytes:
    uri = person.key_id.partition("#")[0]
    origin = uri.rpartition("/users/")[0]
    moment = datetime.now(UTC)
    addressed = {"to": [PUBLIC], "cc": [f"{uri}/followers", ISSUE], "published": moment.isoformat()}
    note = {
        "id": f"{origin}/notes/{number}",
        "type": "Note",
        "attributedTo": uri,
        "content": f"<p>{_TEXT[:493]}</p>",
        "tag": [{"type": "Mention", "href": ISSUE, "name": "@veilig-online@bench.example"}],
        **addressed,
    }
    body = dump(
        {"@context": CONTEXT[:2], "id": f"{origin}/activities/{number}", "type": "Create", "actor": uri, "object": note}
        | addressed
    )
    headers = sign_post(f"{BASE}/inbox", body, person, now=moment)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /inbox HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


# ------------------------------------------------------------------- load tool
class _Connection(asyncio.Protocol):
    """Sends one request after the other, each when the last is answered."""

    def __init__(self, tool: "_Tool") -> None:
        self._tool = tool
        self._buffer = b""
        self._started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # uvloop's is of no class of asyncio
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lowered = head.lower()
        length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        self._buffer = b""
        self._tool.note(head[9:12].decode(), time.perf_counter() - self._started)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tool.lost(self)

    def _next(self) -> None:
        request = next(self._tool.requests, None)
        if request is None:
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)


class _Tool:
    def __init__(self, requests: Iterator[bytes]) -> None:
        self.requests = requests
        self.statuses: dict[str, int] = {}
        self.seconds: list[float] = []
        self.open = CONNECTIONS
        self.done = asyncio.Event()

    def note(self, status: str, seconds: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.seconds.append(seconds)

    def lost(self, _connection: _Connection) -> None:
        self.open -= 1
        if not self.open:
            self.done.set()


async def _send(port: int, path: Path) -> dict[str, Any]:
    started = time.perf_counter()
    content, requests, at = await asyncio.to_thread(path.read_bytes), [], 0
    while at < len(content):
        (length,) = struct.unpack_from("!I", content, at)
        requests.append(content[at + 4 : at + 4 + length])
        at += 4 + length
    tool = _Tool(iter(requests))
    loop = asyncio.get_running_loop()
    ready = time.perf_counter()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: _Connection(tool), "127.0.0.1", port)
    await tool.done.wait()
    seconds = sorted(tool.seconds)
    return {
        "statuses": tool.statuses,
        "ready": ready - started,
        "seconds": time.perf_counter() - ready,
        "p95_ms": seconds[int(len(seconds) * 0.95)] * 1000,
    }


# --------------------------------------------------------------------- looking
async def _all_handled(store: Database) -> None:
    async with asyncio.timeout(300):
        while True:
            async with store.reading() as session:
                if not await count_waiting(session, most=1):
                    return
            await asyncio.sleep(0.05)


async def _count_posts(store: Database) -> int:
    async with store.reading() as session:
        failed = await session.scalar(select(func.count()).where(Arrival.state == ArrivalState.FAILED))
        assert not failed, f"{failed} arrivals failed"
        return (await session.scalar(select(func.count()).select_from(Post))) or 0


async def _answers(port: int) -> None:
    def ask() -> None:
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/actor", timeout=1).read()

    async with asyncio.timeout(20):
        while True:
            with suppress(OSError):
                await asyncio.to_thread(ask)
                return
            await asyncio.sleep(0.02)


def main() -> None:
    """Measure, or be the load tool."""
    parser = argparse.ArgumentParser(description="Measure arrivals.")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--followers", type=int, default=0)
    parser.add_argument("--send", nargs=2, metavar=("PORT", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.send:
        print(json.dumps(uvloop.run(_send(int(asked.send[0]), Path(asked.send[1])))), flush=True)
        sys.stdin.read()  # so that its end is not measured
        return
    measured = asyncio.run(
        run(database=asked.database, processes=asked.processes, notes=asked.notes, followers=asked.followers)
    )
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
