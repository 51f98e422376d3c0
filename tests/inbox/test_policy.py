"""Whom the operator does not want to hear is known within seconds."""

import pytest
from sqlalchemy import event

from actors.database import Database, now
from actors.instances.tables import Instance
from inbox.policy import Policies, Policy
from tests.support.clock import FalseClock


@pytest.mark.parametrize(
    ("domain", "refused"),
    [
        ("bad.example", True),
        ("www.bad.example", True),
        ("a.b.bad.example:8443", True),
        ("notbad.example", False),
        ("example", False),
        ("other.example:9000", True),
        ("other.example:9001", False),
        ("other.example", False),
    ],
)
def test_a_suspension_counts_for_all_names_below(domain: str, refused: bool) -> None:
    policy = Policy(suspended=frozenset({"bad.example", "other.example:9000"}))
    assert policy.refuses(domain) is refused
    assert not policy.limits(domain)


async def test_the_database_is_asked_once_in_a_few_seconds(database: Database, clock: FalseClock) -> None:
    policies = Policies(database, clock=clock.monotonic)
    asked = []
    event.listen(database.reader.sync_engine, "before_cursor_execute", lambda *_: asked.append(1))
    assert not (await policies.current()).refuses("bad.example")
    async with database.writing() as session:
        session.add(Instance(domain="bad.example", policy="suspended", created_at=now()))
        session.add(Instance(domain="dull.example", policy="limited", created_at=now()))
    before = len(asked)
    for _ in range(10):
        assert not (await policies.current()).refuses("bad.example")
    assert len(asked) == before
    clock.advance(6)
    policy = await policies.current()
    assert policy.refuses("bad.example")
    assert policy.limits("dull.example")
