"""Feeding back: an outcome that answers 500 contributions of 500 people on 200 servers, until all of them have it.

``python -m benchmarks.outcomes --database sqlite``

Half of the servers run Mastodon, so that half of the people get a note of their own; a third runs this software. Each
server has a host of its own (127.77.x.y); they are all one sink. Measured is how long publishing the draft takes, from
the beginning of its transaction until after its commit, the outcome's own text and the preview of who will hear not
counted; and how long it takes until every delivery is noted as made by one worker process.
"""

import argparse
import asyncio
import json
import statistics
import time
from contextlib import ExitStack
from typing import Any, Final

from sqlalchemy import func, insert, select

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.issues.tables import Issue
from actors.keys import KeyRing, make_pair
from actors.kinds import ActorKind, FollowState, Phase, PostKind, Verdict
from actors.knowledge.drafts import draft_answers, draft_at, version_of_draft
from actors.knowledge.outcome_tables import DraftAnswer, OutcomeDraft
from actors.local import create_actor
from actors.posts.tables import Post
from actors.relations import Follow
from actors.vault import Vault
from benchmarks.fanout import SECRET, SITE
from benchmarks.harness import ground, line, process
from federation.audience import Visibility
from outbox.publish.outcome_drafts import publish_draft
from outbox.tables import Delivery, DeliveryState
from tests.support.schema import create_schema

AIM_MS: Final = 300
_PEOPLE: Final = 500
_SERVERS: Final = 200
_TIMES: Final = 7
_SOFTWARE: Final = ("mastodon", "samenspraak", "mastodon", "", "mastodon", "samenspraak")
_REASON: Final = "Dat doen we deels: er komt meer licht bij de school, en over het plein beslissen we in het najaar."
_TEXT: Final = "## Wat we deden\n\nDank jullie wel. We lazen **alles** en deden er dit mee.\n\n- licht\n- plein\n\n" * 8


async def run(*, database: str = "sqlite") -> list[dict[str, Any]]:
    """Measure; see above."""
    with ExitStack() as stack:
        place = stack.enter_context(ground(database))
        sink = stack.enter_context(process("benchmarks.sink", "0"))
        port = int(line(sink))
        await create_schema(place.database_url)
        store = Database(place.database_url)
        try:
            host = await _make_host(store)
            people = await _make_people(store, port)
            runs = [await _publish(store, host, people) for _ in range(_TIMES)]
            deliveries = await _count(store)
            worker = stack.enter_context(process("benchmarks.fanout", "--worker", place.database_url, str(port)))
            assert line(worker) == "ready"
            started = time.perf_counter()
            await _until_delivered(store, deliveries)
            seconds = time.perf_counter() - started
        finally:
            await store.close()
        print("?", file=sink.stdin, flush=True)
        received = json.loads(line(sink))
    assert received["requests"] == deliveries, received
    warm = sorted(milliseconds for milliseconds, _ in runs[1:])
    return [
        {
            "name": f"outcome for {_PEOPLE} people on {_SERVERS} servers", "database": database,
            "first_ms": runs[0][0], "median_ms": statistics.median(warm), "slowest_ms": warm[-1], "aim_ms": AIM_MS,
            "own_cpu_ms": statistics.median(cpu for _, cpu in runs[1:]),
            "deliveries_each": deliveries / _TIMES, "delivered_per_second": deliveries / seconds,
        }
    ]  # fmt: skip


async def _make_host(store: Database) -> int:
    keys, pair = KeyRing(Vault(SECRET)), await make_pair()
    async with store.writing() as session:
        host = await create_actor(
            session, SITE, keys, pair, kind=ActorKind.ORGANISATION, handle="bench", name="Gemeente", now=now()
        )
        return host.id


async def _make_people(store: Database, port: int) -> list[dict[str, Any]]:
    rows = []
    for number in range(_PEOPLE):
        server = number % _SERVERS
        host = f"127.77.{server // 250}.{1 + server % 250}:{port}"
        uri = f"http://{host}/users/p{number}"
        rows.append(
            {
                "id": new_id(), "uri": uri, "kind": ActorKind.PERSON, "handle": f"p{number}", "domain": host,
                "name": f"Persoon {number}", "url": uri, "inbox": f"{uri}/inbox", "shared_inbox": f"http://{host}/inbox",
                "created_at": now(), "updated_at": now(),
            }
        )  # fmt: skip
    async with store.writing() as session:
        await session.execute(insert(Actor), rows)
        await session.execute(
            insert(Instance),
            [
                {"domain": domain, "software": _SOFTWARE[place % len(_SOFTWARE)], "created_at": now()}
                for place, domain in enumerate(dict.fromkeys(row["domain"] for row in rows))
            ],
        )
    return rows


async def _publish(store: Database, host_id: int, people: list[dict[str, Any]]) -> tuple[float, float]:
    """Make an issue on which everyone said something and a draft that answers them all; publish it.

    Returns the milliseconds on the clock, and those of our own processor time.
    """
    draft_id, based_on = await _make_draft(store, host_id, people)
    await asyncio.sleep(0.2)
    started, cpu = time.perf_counter(), time.process_time()
    async with store.writing() as session:
        host = await session.get_one(Actor, host_id)
        draft = await draft_at(session, draft_id, held=True)
        assert draft is not None
        await publish_draft(session, SITE, draft, host=host, by=host, based_on=based_on, now=now())
    return (time.perf_counter() - started) * 1_000, (time.process_time() - cpu) * 1_000


async def _make_draft(store: Database, host_id: int, people: list[dict[str, Any]]) -> tuple[int, str]:
    keys, pair, verdicts = KeyRing(Vault(SECRET)), await make_pair(), tuple(Verdict)
    async with store.writing() as session:
        issue = await create_actor(
            session, SITE, keys, pair, kind=ActorKind.ISSUE, handle=f"vraag-{new_id()}", name="Licht", now=now()
        )
        session.add(
            Issue(actor_id=issue.id, host_id=host_id, question="?", phase=Phase.CONVERSATION, published_at=now())
        )
        await session.flush()
        posts = [_post(person, issue.id) for person in people]
        await session.execute(insert(Post), posts)
        await session.execute(
            insert(Follow),
            [
                {
                    "id": new_id(), "follower_id": person["id"], "followee_id": issue.id,
                    "uri": f"{person['uri']}#{issue.id}", "state": FollowState.ACCEPTED, "created_at": now(),
                }
                for person in people
            ],
        )  # fmt: skip
        draft = OutcomeDraft(
            id=new_id(), issue_id=issue.id, title="Wat we deden met het licht", source=_TEXT, steps=[],
            created_at=now(), changed_at=now(),
        )  # fmt: skip
        session.add(draft)
        await session.flush()
        await session.execute(
            insert(DraftAnswer),
            [
                {
                    "draft_id": draft.id, "contribution_uri": post["uri"], "reason": _REASON,
                    "verdict": verdicts[place % len(verdicts)],
                }
                for place, post in enumerate(posts)
            ],
        )  # fmt: skip
        return draft.id, version_of_draft(draft, await draft_answers(session, draft.id))


def _post(person: dict[str, Any], issue_id: int) -> dict[str, Any]:
    post_id = new_id()
    uri = f"{person['uri']}/notes/{post_id}"
    return {
        "id": post_id, "uri": uri, "author_id": person["id"], "kind": PostKind.CONTRIBUTION, "type": "Note",
        "content": f"<p>{_REASON * 4}</p>", "url": uri, "visibility": Visibility.PUBLIC, "space_id": issue_id,
        "thread_id": post_id, "is_local": False, "published_at": now(),
    }  # fmt: skip


async def _count(store: Database) -> int:
    async with store.reading() as session:
        return await session.scalar(select(func.count()).select_from(Delivery)) or 0


async def _until_delivered(store: Database, wanted: int) -> None:
    done = select(func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.DELIVERED)
    async with asyncio.timeout(180):
        while True:
            async with store.reading() as session:
                if await session.scalar(done) == wanted:
                    return
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the publishing of an outcome.")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="sqlite")
    print(json.dumps(asyncio.run(run(database=parser.parse_args().database)), indent=2))
