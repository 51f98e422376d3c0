"""Who will hear of an outcome: by server, and whether that can be reached."""

from datetime import timedelta

from actors.database import Database
from outbox.publish.hearing import Reach, who_hears
from tests.actors.cast import MOMENT, SITE, elsewhere, here, runs, said
from tests.support.queries import counted


async def test_everyone_is_named_by_server_with_whether_it_can_be_reached(database: Database) -> None:
    async with database.writing() as session:
        people = [await here(session, "hier"), await elsewhere(session, "bram", "utrecht.example")]
        people += [await elsewhere(session, "anna", "utrecht.example"), await elsewhere(session, "wim", "weg.example")]
        people += [
            await elsewhere(session, "mo", "stuk.example"), await elsewhere(session, "slecht", "www.blok.example"),
            await elsewhere(session, "weg", "utrecht.example", suspended_at=MOMENT),
        ]  # fmt: skip
        await runs(session, "weg.example", "mastodon", rests_until=MOMENT + timedelta(hours=1))
        await runs(session, "stuk.example", "", failures=5)
        await runs(session, "blok.example", "", policy="suspended")
        uris = [(await said(session, actor)).uri for actor in people for _ in range(2)]
    async with database.reading() as session:
        with counted(database) as statements:
            found = await who_hears(session, SITE, uris, now=MOMENT)
    assert len(statements) == 2
    assert [(one.domain, one.reach, [actor.handle for actor in one.people]) for one in found] == [
        (SITE.domain, Reach.HERE, ["hier"]),
        ("stuk.example", Reach.AWAY, ["mo"]),
        ("utrecht.example", Reach.HEARS, ["anna", "bram"]),
        ("utrecht.example", Reach.BLOCKED, ["weg"]),
        ("weg.example", Reach.AWAY, ["wim"]),
        ("www.blok.example", Reach.BLOCKED, ["slecht"]),
    ]
