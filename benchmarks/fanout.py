"""Fan-out: one post of one actor to many servers, until all have it.

``python -m benchmarks.fanout --database postgresql --processes 2 --inboxes 1000``

Each inbox has a host of its own (127.77.x.y); they are all one sink, in a process of its own that is
not counted. Measured is the time from the commit of the post until every delivery is noted as made,
and the CPU time of our worker processes and the database's. *Cold* is the first post, to servers
never spoken to; *warm* is the median of those after it, over connections kept alive.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from contextlib import ExitStack
from typing import Any

import psutil
import uvloop
from sqlalchemy import func, insert, select

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.keys import KeyRing, make_pair
from actors.kinds import ActorKind, FollowState
from actors.relations import Follow
from actors.site import Site
from actors.vault import Vault
from actors.wakeups import Wakeups
from benchmarks.harness import cpu_seconds, ground, line, peak_mb, process
from federation.addresses import AddressPolicy
from federation.client import Client
from outbox.activities import build
from outbox.queue import queue_activity
from outbox.recipients import follower_inboxes
from outbox.tables import Delivery, DeliveryState
from outbox.worker import DeliveryWorker
from tests.support.schema import create_schema

SITE = Site("https://bench.example")
SECRET = "a secret for measuring with"
_TEXT = "Wat vraagt u van uw buren, en wat vragen zij van u? " * 10


async def run(
    *, database: str = "postgresql", processes: int = 2, inboxes: int = 1_000, warm: int = 3, pause: float = 1.0
) -> list[dict[str, Any]]:
    """Measure; see above. ``pause`` is how many seconds lie between posts, so that nothing is left to do."""
    with ExitStack() as stack:
        place = stack.enter_context(ground(database))
        sink = stack.enter_context(process("benchmarks.sink", "0"))
        port = int(line(sink))
        await create_schema(place.database_url)
        store = Database(place.database_url)
        actor_id = await _fill(store, inboxes, port)
        worker = ("benchmarks.fanout", "--worker", place.database_url, str(port))
        workers = [stack.enter_context(process(*worker)) for _ in range(processes)]
        for one in workers:
            assert line(one) == "ready"
        counted = [psutil.Process(one.pid) for one in workers]
        try:
            posts = []
            for _ in range(1 + warm):
                posts.append(await _post(store, actor_id, inboxes, counted, place.server))
                await asyncio.sleep(pause)
            print("?", file=sink.stdin, flush=True)
            received = json.loads(line(sink))
        finally:
            await store.close()
        peak = sum(peak_mb(one) for one in counted)
    assert received == {"connections": received["connections"], "requests": inboxes * (1 + warm)}, received
    about = {"database": database, "processes": processes, "peak_rss_mb": peak, "lost": 0}
    return [
        {"name": f"fan-out to {inboxes:,} servers, cold", **posts[0], **about},
        {"name": f"fan-out to {inboxes:,} servers, warm", **_median(posts[1:]), **about},
    ]


def _median(posts: list[dict[str, float]]) -> dict[str, float]:
    return {figure: statistics.median(post[figure] for post in posts) for figure in posts[0]}


async def _fill(store: Database, inboxes: int, port: int) -> int:
    pair = await make_pair()
    uri = SITE.actor_uri(ActorKind.ORGANISATION, "bench")
    author = Actor(
        id=new_id(), uri=uri, kind=ActorKind.ORGANISATION, is_local=True, handle="bench", domain=SITE.domain,
        inbox=f"{uri}/inbox", followers=f"{uri}/followers", created_at=now(), updated_at=now(),
    )  # fmt: skip
    async with store.writing() as session:
        session.add(author)
        await session.flush()
        KeyRing(Vault(SECRET)).add(session, author, pair)
        followers = [_follower(number, port) for number in range(inboxes)]
        await session.execute(insert(Actor), followers)
        await session.execute(
            insert(Follow),
            [
                {
                    "id": new_id(), "follower_id": row["id"], "followee_id": author.id, "uri": f"{row['uri']}#f",
                    "state": FollowState.ACCEPTED, "created_at": now(),
                }
                for row in followers
            ],
        )  # fmt: skip
    return author.id


def _follower(number: int, port: int) -> dict[str, Any]:
    host = f"127.77.{number // 250}.{1 + number % 250}:{port}"
    return {
        "id": new_id(), "uri": f"http://{host}/users/a", "kind": ActorKind.PERSON, "handle": "a", "domain": host,
        "inbox": f"http://{host}/users/a/inbox", "shared_inbox": f"http://{host}/inbox",
        "created_at": now(), "updated_at": now(),
    }  # fmt: skip


async def _post(
    store: Database, actor_id: int, inboxes: int, workers: list[psutil.Process], server: psutil.Process | None
) -> dict[str, float]:
    uri = SITE.actor_uri(ActorKind.ORGANISATION, "bench")
    activity_id = new_id()
    note = {"id": f"{uri}/{activity_id}", "type": "Note", "attributedTo": uri, "content": f"<p>{_TEXT[:500]}</p>"}
    document = build(
        "Create", uri=SITE.activity_uri(activity_id), actor=uri, object=note, to=[f"{uri}/followers"], now=now()
    )
    database_before, ours_before = cpu_seconds(server), sum(cpu_seconds(worker) for worker in workers)
    me = psutil.Process(os.getpid())
    own_before = _cpu_alone(me)
    async with store.writing() as session:
        to = await follower_inboxes(session, [actor_id])
        assert len(to) == inboxes
        await queue_activity(
            session, site=SITE, actor_id=actor_id, document=document, object_uri=note["id"], is_public=True, inboxes=to,
            activity_id=activity_id,
        )  # fmt: skip
    started = time.perf_counter()
    own = _cpu_alone(me) - own_before
    waiting = (
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.activity_id == activity_id, Delivery.state == DeliveryState.DELIVERED)
    )
    while True:
        await asyncio.sleep(0.02)
        async with store.reading() as session:
            if (await session.execute(waiting)).scalar_one() == inboxes:
                break
        if time.perf_counter() - started > 120:
            raise TimeoutError("not delivered in two minutes")
    wall = time.perf_counter() - started
    database = cpu_seconds(server) - database_before
    ours = sum(cpu_seconds(worker) for worker in workers) - ours_before + own
    return {
        "per_second": inboxes / wall,
        "cpu_ms_each": (ours + database) * 1000 / inboxes,
        "database_cpu_ms_each": database * 1000 / inboxes,
    }


def _cpu_alone(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def work(url: str, port: str) -> None:
    """Be one worker process."""
    database = Database(url)
    wakeups = Wakeups(database)
    stop = asyncio.Event()
    policy = AddressPolicy.parse("127.77.0.0/16")
    async with Client(policy, user_agent="Samenspraak benchmark") as client, wakeups.watch():
        worker = DeliveryWorker(database, SITE, KeyRing(Vault(SECRET)), client, wakeups)
        print("ready", flush=True)
        await worker.run(stop)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the fan-out of one post.")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--inboxes", type=int, default=1_000)
    parser.add_argument("--warm", type=int, default=3)
    parser.add_argument("--worker", nargs=2, metavar=("URL", "PORT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        uvloop.run(work(*chosen.worker))
    else:
        measured = run(database=chosen.database, processes=chosen.processes, inboxes=chosen.inboxes, warm=chosen.warm)
        print(json.dumps(asyncio.run(measured), indent=2))
