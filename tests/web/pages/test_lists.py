"""The lists: issues, knowledge, the front page, and the network of linked instances."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database, now
from actors.instances.tables import Instance
from actors.issues.store import set_themes
from actors.issues.tables import Issue
from actors.kinds import ActorKind, KnowledgeKind, Phase, PostKind
from actors.knowledge.tables import KnowledgeProduct
from actors.posts.tables import Post, PostTheme
from federation.audience import Visibility
from tests.actors.cast import elsewhere, here, issue_here, runs, said
from tests.support.queries import counted
from tests.web.pages.browser import Pages


async def issue_elsewhere(session: AsyncSession, name: str, domain: str = "utrecht.example", **more: Any) -> Actor:
    actor = await elsewhere(session, name.lower(), domain, ActorKind.ISSUE, name=name)
    values = {"question": f"Wat met {name}?", "phase": Phase.AGENDA, "published_at": now()} | more
    session.add(Issue(actor_id=actor.id, **values))
    await session.flush()
    return actor


async def product_by(session: AsyncSession, author: Actor, name: str, **more: Any) -> Post:
    kind = more.pop("product", KnowledgeKind.GUIDE)
    post = await said(session, author, kind=PostKind.KNOWLEDGE, type="Article", name=name, summary="Kort.", **more)
    session.add(KnowledgeProduct(post_id=post.id, kind=kind))
    await session.flush()
    return post


async def link(session: AsyncSession, domain: str = "utrecht.example", **more: Any) -> Actor:
    organisation = await elsewhere(session, "stad", domain, ActorKind.ORGANISATION, name=f"Stad {domain}")
    values = {"actor_id": organisation.id, "linked_at": now()} | more
    await runs(session, domain, "samenspraak", **values)
    return organisation


async def test_issues_are_filtered(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await link(session)
        own = await issue_here(session, tilburg, phase=Phase.CONVERSATION)
        await set_themes(session, own.id, ["upbringing"])
        await issue_elsewhere(session, "Wonen")
    everything = (await pages.get("/vraagstukken")).main
    assert "Jeugd in de wijk" in everything
    assert "Wonen" in everything
    for query, shown in (
        ("theme=upbringing", "Jeugd"), ("phase=agenda", "Wonen"), ("instance=utrecht.example", "Wonen"),
        ("instance=tilburg.example", "Jeugd"), ("theme=onzin&phase=onzin&instance=onzin&before=x", "JeugdWonen"),
    ):  # fmt: skip
        page = await pages.get(f"/vraagstukken?{query}")
        for name, words in (("Jeugd", "Jeugd in de wijk"), ("Wonen", "Wat met Wonen?")):
            assert (words in page.main) is (name in shown), query
    page = await pages.get("/vraagstukken?theme=discrimination")
    assert "Geen vraagstuk past bij wat je koos." in page.main
    assert '<option value="discrimination" selected>' in page.markup


async def test_lists_come_in_pages_that_keep_their_filters(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await link(session)
        for number in range(23):
            await issue_elsewhere(session, f"Nummer{number}x")
            post = await product_by(session, tilburg, f"Product {number}x")
            session.add(PostTheme(post_id=post.id, theme="integration"))
    for path, name in (("/vraagstukken?phase=agenda", "Nummer{}x"), ("/kennis?theme=integration", "Product {}x")):
        first = await pages.get(path)
        older = first.markup.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        assert older.startswith(f"{path}&before=")
        second = await pages.get(older)
        assert [name.format(22) in page.main for page in (first, second)] == [True, False]
        assert [name.format(0) in page.main for page in (first, second)] == [False, True]
        assert 'rel="next"' not in second.markup


async def test_who_merely_writes_to_us_does_not_stand_in_our_lists(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        await link(session, "beperkt.example", policy="limited")
        stranger = await elsewhere(session, "handelaar", "spam.example")
        await issue_elsewhere(session, "Koopwaar", "spam.example")
        await issue_elsewhere(session, "Stilte", "beperkt.example")
        await product_by(session, stranger, "Gratis geld")
    for path in ("/", "/vraagstukken", "/kennis", "/netwerk"):
        page = await pages.get(path)
        for hidden in ("Koopwaar", "Stilte", "Gratis geld", "beperkt.example"):
            assert hidden not in page.text, (path, hidden)


async def test_what_is_not_public_stands_in_no_list(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        for number, visibility in enumerate(Visibility):
            await product_by(session, tilburg, f"Kanarie {number}{visibility}", visibility=visibility)
    for path in ("/", "/kennis", "/netwerk"):
        page = await pages.get(path)
        shown = [visibility for visibility in Visibility if visibility.value in page.main]
        assert shown == [Visibility.PUBLIC], path


async def test_the_front_page_shows_our_own_first_and_nothing_closed(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        await link(session)
        await issue_here(session, tilburg)
        await issue_here(session, tilburg, "klaar", phase=Phase.CLOSED, question="Al klaar?")
        await issue_elsewhere(session, "Wonen")
    page = await pages.get("/")
    assert page.main.index("Jeugd in de wijk") < page.main.index("Wat met Wonen?")
    assert "Al klaar?" not in page.main


@pytest.mark.parametrize("path", ["/", "/vraagstukken", "/kennis", "/netwerk"])
async def test_empty_lists_say_so(pages: Pages, path: str) -> None:
    page = await pages.get(path)
    assert page.status == 200
    assert any(told in page.main for told in ("Er zijn nog geen", "Er is nog geen andere organisatie gekoppeld."))


async def test_the_network_tells_how_each_instance_does(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await link(session, "goed.example", last_success_at=now())
        await link(session, "nieuw.example")
        await link(session, "hapert.example", failures=2, last_error="geheim detail", last_success_at=now())
        await link(session, "weg.example", failures=8, rests_until=now() + timedelta(minutes=20),
                   last_error="geheim detail")  # fmt: skip
        host = await link(session, "laat.example", last_success_at=now())
        await issue_elsewhere(session, "Schuld", "laat.example", feedback_by=now() - timedelta(days=4), host_id=host.id)
        await issue_elsewhere(session, "Voldaan", "laat.example", feedback_by=now() - timedelta(days=4),
                              phase=Phase.FEEDBACK)  # fmt: skip
    page = await pages.get("/netwerk")
    for told in ("Werkt goed.", "We hebben deze omgeving nog niets gestuurd.",
                 "De laatste 2 pogingen zijn mislukt. We blijven het proberen.",
                 "We kunnen deze omgeving niet bereiken: 8 pogingen zijn mislukt. We proberen het weer om",
                 "Wat met Schuld?", "Wat met Voldaan?"):  # fmt: skip
        assert told in page.main, told
    assert "geheim detail" not in page.text
    assert 'href="?instance=laat.example&amp;owed=1">1</a>' in page.markup
    owed = await pages.get("/netwerk?owed=1")
    assert "Wat met Schuld?" in owed.main
    assert "Wat met Voldaan?" not in owed.main
    await pages.sign_in(admin=True)
    assert "geheim detail" in (await pages.get("/netwerk")).main


async def test_an_administrator_also_sees_who_is_limited(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        session.add(Instance(domain="stil.example", policy="limited", linked_at=now(), created_at=now()))
    await pages.sign_in(admin=True)
    assert "We laten niet zien wat deze omgeving plaatst." in (await pages.get("/netwerk")).main


async def test_lists_ask_the_database_the_same_number_of_questions(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    paths = ("/", "/vraagstukken", "/kennis", "/netwerk", "/organisaties/tilburg", "/personen/karin")
    async with database.writing() as session:
        await link(session)
        karin = await here(session, "karin")
    asked: dict[int, dict[str, int]] = {}
    for total in (1, 10, 40):
        async with database.writing() as session:
            for number in range(1 if not asked else total // 2):
                issue = await issue_elsewhere(session, f"Nummer{total}-{number}", host_id=tilburg.id)
                await set_themes(session, issue.id, ["upbringing"])
                await product_by(session, karin, f"Product {total}-{number}", space_id=issue.id)
                await said(session, tilburg, kind=PostKind.OUTCOME, type="Article", name="Klaar", space_id=issue.id)
        asked[total] = {}
        for path in paths:
            await pages.get("/over")  # so that what all pages share is known
            with counted(database) as statements:
                assert (await pages.get(f"{path}?n={total}")).status == 200
            asked[total][path] = len(statements)
    assert asked[1] == asked[10] == asked[40]
    assert max(asked[40].values()) <= 22, asked[40]
