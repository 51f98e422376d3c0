"""Other servers: what we know of each, a decision after seeing what breaks, and lists of them."""

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.instances.tables import Instance
from actors.kinds import ActorKind, PostKind, Role
from actors.moderation.kinds import ServerPolicy
from actors.relations import Follow
from tests.actors.cast import MOMENT, belongs, elsewhere, follows, here, issue_here, runs, said
from tests.support.queries import counted
from tests.web.pages.browser import Pages
from tests.web.pages.moderation.conftest import Be
from web.pages.moderation.server_lists import read_list

SERVERS = "/beheer/servers"
DECIDE = f"{SERVERS}/besluit"
LIST = f"{SERVERS}/lijst"
BAD = "bad.example"
BLOCK = f"{DECIDE}?domein={BAD}&beleid=suspended"
HOSTILE = "<script>alert(1)</script>"


async def policies(pages: Pages) -> dict[str, tuple[str, str]]:
    async with pages.database.reading() as session:
        rows = await session.scalars(select(Instance).where(Instance.policy != "open"))
        return {row.domain: (row.policy, row.policy_reason) for row in rows}


async def much_between(pages: Pages, tilburg: Actor) -> None:
    """Have all that a block would break."""
    async with pages.database.writing() as session:
        organisation = await session.get_one(Actor, tilburg.id)
        fatima, wim = await here(session, "fatima"), await here(session, "wim")
        issue, network = await issue_here(session, organisation), await here(session, "net", ActorKind.NETWORK)
        one, two = await elsewhere(session, "one", BAD), await elsewhere(session, "two", f"www.{BAD}")
        theirs = await elsewhere(session, "vraag", BAD, ActorKind.ISSUE)
        for follower, followee in ((fatima, one), (wim, one), (wim, theirs), (two, fatima)):
            await follows(session, follower, followee)
        await belongs(session, two, network)
        for _ in range(3):
            await said(session, one, space_id=issue.id)
        await said(session, two, kind=PostKind.KNOWLEDGE)
        await runs(session, BAD, "samenspraak", linked_at=MOMENT)


async def test_the_list_has_all_we_know_with_what_was_decided(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    async with pages.database.writing() as session:
        await elsewhere(session, "a", "met-mensen.example")
        await runs(session, "gekend.example", "mastodon", policy="limited", policy_reason=HOSTILE, policy_at=MOMENT)
        await runs(session, BAD, "", policy="suspended", policy_reason="Spam")
    page = await pages.get(SERVERS)
    for words in ("met-mensen.example", "gekend.example", "mastodon", "beperkt", "2 maart 2026", "geblokkeerd", "Spam"):
        assert words in page.main
    assert HOSTILE not in page.markup
    blocked = (await pages.get(f"{SERVERS}?welke=suspended")).main
    assert BAD in blocked and "gekend.example" not in blocked
    searched = (await pages.get(f"{SERVERS}?zoek=GEKEND")).main
    assert "gekend.example" in searched and "met-mensen.example" not in searched
    for odd in ("zoek=%00", "na=%ed%a0%80", "welke=x", "zoek=%25_", "na=zzzz"):
        assert (await pages.get(f"{SERVERS}?{odd}")).status == 200


async def test_many_servers_are_paged_and_cost_no_more_queries(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    await pages.get(SERVERS)
    with counted(pages.database) as few:
        await pages.get(SERVERS)
    async with pages.database.writing() as session:
        for number in range(60):
            await runs(session, f"s{number:02}.example", "mastodon")
    with counted(pages.database) as many:
        first = await pages.get(f"{SERVERS}?zoek=example")
    assert len(many) == len(few)
    following = first.markup.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await pages.get(following)
    assert "s49.example" in first.main and "s50.example" not in first.main
    assert "s50.example" in second.main and "s59.example" in second.main


async def test_what_breaks_is_shown_before_anything_is_done(pages: Pages, be: Be, tilburg: Actor) -> None:
    await be("mo", Role.MODERATOR)
    await much_between(pages, tilburg)
    page = (await pages.get(BLOCK)).main
    for words in (
        "De koppeling met deze instantie stopt.",
        "2 accounts hier: volgt daar 2 accounts.",
        "1 account daar: volgt hier 1 account.",
        "1 vraagstuk dat mensen hier volgen, staat niet meer in lijsten.",
        "1 kennisproduct staat niet meer in lijsten.",
        "1 lidmaatschap van een netwerk hier krijgt geen berichten meer.",
        "3 keer inbreng in gesprekken hier is niet meer te zien.",
    ):
        assert words in page
    assert await policies(pages) == {}
    limited = (await pages.get(BLOCK.replace("suspended", "limited"))).main
    assert "Deze instantie is gekoppeld." in limited
    assert "Dat volgen stopt" not in limited
    assert "Niets." in (await pages.get(BLOCK.replace(BAD, "onbekend.example"))).main


async def test_a_second_step_with_a_reason_does_it_and_another_lifts_it(pages: Pages, be: Be, tilburg: Actor) -> None:
    mo = await be("mo", Role.MODERATOR)
    await much_between(pages, tilburg)
    without = await pages.submit(BLOCK, DECIDE, domein=BAD, beleid="suspended", reason=" ")
    assert without.status == 422
    assert "Schrijf op waarom." in without.main
    answer = await pages.submit(BLOCK, DECIDE, domein=BAD, beleid="suspended", reason="Ze sturen spam")
    assert answer.location == f"{SERVERS}?zoek={BAD}&bericht=server"
    assert await policies(pages) == {BAD: ("suspended", "Ze sturen spam")}
    async with pages.database.reading() as session:
        assert list(await session.scalars(select(Follow))) == []
        one = (await session.scalars(select(Actor).where(Actor.handle == "one"))).one()
    assert (await pages.get(f"/actoren/{one.id}")).status == 404
    answer = await pages.submit(BLOCK.replace("suspended", "open"), DECIDE, domein=BAD, beleid="open", reason="")
    assert answer.status == 303
    assert await policies(pages) == {}
    assert (await pages.get(f"/actoren/{one.id}")).status == 200
    async with pages.database.reading() as session:
        noted = [
            (entry.act, entry.actor_id) for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]
    assert noted == [("server-blocked", mo.id), ("server-opened", mo.id)]


@pytest.mark.parametrize(
    ("domain", "told"),
    [
        ("", "Schrijf de naam van een server"), ("geen", "Schrijf de naam van een server"),
        ("tilburg.example", "Dit is je eigen server."), (HOSTILE, "Schrijf de naam van een server"),
        ("%00.example", "Schrijf de naam van een server"), ("x" * 900, "Schrijf de naam van een server"),
    ],
)  # fmt: skip
async def test_what_is_no_other_server_is_refused(pages: Pages, be: Be, domain: str, told: str) -> None:
    await be("mo", Role.MODERATOR)
    page = await pages.get(f"{DECIDE}?domein={domain}&beleid=suspended")
    assert (page.status, told in page.main, HOSTILE in page.markup) == (422, True, False)
    page = await pages.submit(SERVERS, DECIDE, domein=domain, beleid="suspended", reason="x")
    assert page.status == 422
    assert await policies(pages) == {}


@pytest.mark.parametrize("policy", ["", "weg", HOSTILE])
async def test_a_policy_that_there_is_not_is_refused(pages: Pages, be: Be, policy: str) -> None:
    await be("mo", Role.MODERATOR)
    assert (await pages.get(f"{DECIDE}?domein={BAD}&beleid={policy}")).status == 422
    assert (await pages.submit(SERVERS, DECIDE, domein=BAD, beleid=policy, reason="x")).status == 422


@pytest.mark.parametrize("reason", ["x" * 1_001, "a\0b"])
async def test_a_reason_that_will_not_do_comes_back(pages: Pages, be: Be, reason: str) -> None:
    await be("mo", Role.MODERATOR)
    page = await pages.submit(BLOCK, DECIDE, domein=BAD, beleid="suspended", reason=reason)
    assert page.status == 422
    assert await policies(pages) == {}


async def test_a_list_is_looked_at_and_then_taken_in(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    async with pages.database.writing() as session:
        await runs(session, "al.example", "", policy="suspended")
    text = (
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
        f"{BAD},suspend,False,False,Spam <script>,False\ndull.example,silence,False,False,,False\n"
        "al.example,suspend,False,False,,False\nniets.example,noop,False,False,,False\ntilburg.example,suspend\n"
    )
    page = await pages.submit(LIST, LIST, text=text)
    assert page.status == 200
    for words in (BAD, "dull.example", "blijft", "2 regels slaan we over", "Over 2 servers besluiten"):
        assert words in page.main
    assert "Spam <script>" not in page.markup
    assert set(await policies(pages)) == {"al.example"}
    answer = await pages.submit(LIST, LIST, text=text, stap="doen")
    assert answer.location == f"{SERVERS}?bericht=lijst"
    assert {domain: policy for domain, (policy, _) in (await policies(pages)).items()} == {
        "al.example": "suspended", BAD: "suspended", "dull.example": "limited",
    }  # fmt: skip
    given = await pages.get(f"{LIST}.csv")
    assert "domain_blocks.csv" in given.headers["Content-Disposition"]
    lines, left_out = read_list(given.markup, own="tilburg.example")
    assert left_out == 0
    assert {line.domain: line.policy for line in lines} == {
        "al.example": ServerPolicy.SUSPENDED, BAD: ServerPolicy.SUSPENDED, "dull.example": ServerPolicy.LIMITED,
    }  # fmt: skip
    assert "De lijst verandert niets." in (await pages.submit(LIST, LIST, text=text)).main


@pytest.mark.parametrize("text", ["", "geen server", '"' * 50, "a" * 140_000, "\0", HOSTILE, ",,,\n,,,"])
async def test_a_list_with_no_server_in_it_is_refused(pages: Pages, be: Be, text: str) -> None:
    await be("mo", Role.MODERATOR)
    page = await pages.submit(LIST, LIST, text=text, stap="doen")
    assert page.status == 422
    assert "In deze lijst staat geen server." in page.main
    assert await policies(pages) == {}


def test_a_plain_list_of_names_is_a_list_of_blocks() -> None:
    lines, left_out = read_list("bad.example\n\nhttps://Worse.example/\nniet,zo", own="tilburg.example")
    assert [(line.domain, line.policy) for line in lines] == [
        (BAD, ServerPolicy.SUSPENDED), ("worse.example", ServerPolicy.SUSPENDED),
    ]  # fmt: skip
    assert left_out == 1


async def test_a_reason_that_begins_like_a_formula_is_given_out_as_words(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    for reason in ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)"):
        await pages.submit(BLOCK, DECIDE, domein=BAD, beleid="suspended", reason=reason)
        assert f"{BAD},suspend,False,False,'{reason},False" in (await pages.get(f"{LIST}.csv")).markup
