"""Links with other instances, and what waits to be delivered: shown, tried again, given up."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.instances.tables import Instance
from actors.kinds import ActorKind, Role
from actors.vault import Vault
from federation.errors import DocumentError, FederationError, OriginError, Unreachable
from outbox.mail.queue import queue_mail
from outbox.mail.tables import Mail, MailState
from outbox.publish.say import say
from outbox.tables import Delivery, DeliveryState
from tests.actors.cast import MOMENT, SITE, elsewhere, here, runs
from tests.support.keys import SECRET
from tests.support.queries import counted
from tests.web.pages.browser import Pages
from tests.web.pages.moderation.conftest import Be
from web.keys import BACKFILL

LINKS, DELIVERY = "/beheer/koppelingen", "/beheer/bezorging"
UTRECHT = "utrecht.example"


class Neighbours:
    """Stands in for asking other servers: it finds the organisation of Utrecht, or what it was told to raise."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.error: FederationError | None = None
        self.asked: list[str] = []

    async def link(self, address: str) -> Instance:
        self.asked.append(address)
        if self.error is not None:
            raise self.error
        async with self.pages.database.writing() as session:
            organisation = await elsewhere(session, "utrecht", UTRECHT, ActorKind.ORGANISATION, name="Gemeente Utrecht")
            await runs(session, UTRECHT, "samenspraak", actor_id=organisation.id, linked_at=MOMENT)
            return await session.get_one(Instance, UTRECHT)


@pytest.fixture
def neighbours(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Neighbours:
    found = Neighbours(pages)
    monkeypatch.setitem(pages.app._state, BACKFILL, found)
    return found


async def acts(pages: Pages) -> list[str]:
    async with pages.database.reading() as session:
        return [entry.act for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


async def test_a_link_is_added_shown_fetched_again_and_ended(pages: Pages, be: Be, neighbours: Neighbours) -> None:
    await be("baas", Role.ADMINISTRATOR)
    assert "Nog geen koppelingen" in (await pages.get(LINKS)).main
    answer = await pages.submit(LINKS, LINKS, stap="toevoegen", address=UTRECHT)
    assert answer.location == f"{LINKS}?bericht=gekoppeld"
    page = await pages.get(LINKS)
    for words in ("Gemeente Utrecht", UTRECHT, "Laatst opgehaald", "binnenkort", "Wacht op verzending", "2 maart 2026"):
        assert words in page.main
    async with pages.database.writing() as session:
        (await session.get_one(Instance, UTRECHT)).backfilled_at = now()
    assert "binnenkort" not in (await pages.get(LINKS)).main
    answer = await pages.submit(LINKS, LINKS, stap="ophalen", domain=UTRECHT)
    assert answer.location == f"{LINKS}?bericht=opgehaald"
    assert "binnenkort" in (await pages.get(LINKS)).main
    answer = await pages.submit(LINKS, LINKS, stap="weg", domain=UTRECHT)
    assert answer.location == f"{LINKS}?bericht=ontkoppeld"
    assert "Nog geen koppelingen" in (await pages.get(LINKS)).main
    assert await acts(pages) == ["link-added", "link-collected", "link-removed"]


async def test_how_a_linked_instance_does_is_told(pages: Pages, be: Be) -> None:
    await be("baas", Role.ADMINISTRATOR)
    async with pages.database.writing() as session:
        await runs(
            session, UTRECHT, "samenspraak", name="<script>Utrecht", linked_at=MOMENT, failures=7,
            last_failure_at=MOMENT, last_error="connection <refused>", rests_until=now() + timedelta(hours=1),
        )  # fmt: skip
    page = await pages.get(LINKS)
    assert "connection <refused>" in page.main
    assert "Laatst mislukt" in page.main and "2 maart 2026" in page.main
    assert "<script>Utrecht" not in page.markup


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unreachable("connection refused"), "We kunnen deze server niet bereiken."),
        (OriginError("blocked"), "Deze server is hier geblokkeerd."),
        (DocumentError("no organisation"), "Op dit adres staat geen instantie van een organisatie."),
    ],
)
async def test_why_it_cannot_be_linked_is_told_and_the_address_stays(
    pages: Pages, be: Be, neighbours: Neighbours, error: FederationError, told: str
) -> None:
    await be("baas", Role.ADMINISTRATOR)
    neighbours.error = error
    page = await pages.submit(LINKS, LINKS, stap="toevoegen", address='"><script>.example')
    assert page.status == 422
    assert told in page.main
    assert "<script>.example" not in page.markup and "&lt;script&gt;.example" in page.markup


@pytest.mark.parametrize("address", ["", "x" * 301, "a\0b", "a\nb", "\u202eevil.example"])
async def test_what_is_no_address_is_asked_of_nobody(
    pages: Pages, be: Be, neighbours: Neighbours, address: str
) -> None:
    await be("baas", Role.ADMINISTRATOR)
    assert (await pages.submit(LINKS, LINKS, stap="toevoegen", address=address)).status == 422
    assert neighbours.asked == []


async def test_a_link_that_there_is_not_is_not_found(pages: Pages, be: Be) -> None:
    await be("baas", Role.ADMINISTRATOR)
    for step in ("weg", "ophalen", "iets"):
        assert (await pages.submit(LINKS, LINKS, stap=step, domain="geen.example")).status == 404


async def queue(pages: Pages, *inboxes: str) -> list[Delivery]:
    async with pages.database.writing() as session:
        author = (await session.scalars(select(Actor).where(Actor.handle == "fatima"))).one_or_none()
        author = author or await here(session, "fatima")
        await say(session, SITE, author, "Like", "https://x.example/1", to=[], inboxes=inboxes, now=MOMENT)
        for row in await session.scalars(select(Delivery)):
            row.next_at = now() + timedelta(hours=1)
            row.last_error, row.attempts = "says <503>", 4
    return await deliveries(pages)


async def deliveries(pages: Pages) -> list[Delivery]:
    async with pages.database.reading() as session:
        return list(await session.scalars(select(Delivery).order_by(Delivery.id)))


async def test_what_waits_is_shown_by_server_and_by_message(pages: Pages, be: Be) -> None:
    await be("baas", Role.ADMINISTRATOR)
    assert "Alles is bezorgd" in (await pages.get(DELIVERY)).main
    await queue(pages, "https://late.example/a", "https://late.example/b", "https://other.example/c")
    page = await pages.get(DELIVERY)
    assert "late.example 2 4" in page.main and "says <503>" in page.main
    of_host = await pages.get(f"{DELIVERY}?server=late.example")
    assert "Bezorging aan late.example" in of_host.main
    assert of_host.main.count("https://late.example/") >= 2 and "other.example" not in of_host.main
    assert "Alles is bezorgd" in (await pages.get(f"{DELIVERY}?server=<script>")).main
    assert (await pages.get(f"{DELIVERY}?server=%00")).status == 200


async def test_a_server_is_tried_now_and_given_up(pages: Pages, be: Be) -> None:
    await be("baas", Role.ADMINISTRATOR)
    await queue(pages, "https://late.example/a", "https://other.example/c")
    answer = await pages.submit(DELIVERY, DELIVERY, stap="opnieuw", server="late.example")
    assert answer.location == f"{DELIVERY}?bericht=opnieuw"
    assert [row.next_at < now() for row in await deliveries(pages)] == [True, False]
    await pages.submit(DELIVERY, DELIVERY, stap="opgeven", server="late.example")
    assert [row.state for row in await deliveries(pages)] == [DeliveryState.GIVEN_UP, DeliveryState.WAITING]
    assert await acts(pages) == ["delivery-tried", "delivery-given-up"]


async def test_one_message_is_given_up_and_tried_again(pages: Pages, be: Be) -> None:
    await be("baas", Role.ADMINISTRATOR)
    (row,) = await queue(pages, "https://late.example/a")
    page = f"{DELIVERY}?server=late.example"
    for step, state in (("opgeven", DeliveryState.GIVEN_UP), ("opnieuw", DeliveryState.WAITING)):
        answer = await pages.submit(page, DELIVERY, stap=step, item=row.id, server="late.example")
        assert answer.location.startswith(page)
        (row,) = await deliveries(pages)
        assert row.state is state
    assert (await pages.submit(page, DELIVERY, stap="weg", item=row.id)).status == 400
    assert (await pages.submit(page, DELIVERY, stap="opgeven", server="a\0b")).status == 400
    assert (await pages.submit(page, DELIVERY, stap="opgeven", item=1)).status == 303


@pytest.mark.parametrize(
    ("server", "leads_to"),
    [
        ("evil.example&na=1#x", "evil.example%26na%3D1%23x"),
        ("a.example\r\nSet-Cookie: x=1", "a.example%20Set-Cookie%3A%20x%3D1"),
        ("ütrecht.example", "%C3%BCtrecht.example"),
    ],
)
async def test_what_names_a_server_is_no_more_than_a_name_in_the_address(
    pages: Pages, be: Be, server: str, leads_to: str
) -> None:
    await be("baas", Role.ADMINISTRATOR)
    (row,) = await queue(pages, "https://late.example/a")
    answer = await pages.submit(DELIVERY, DELIVERY, stap="opgeven", item=row.id, server=server)
    assert (answer.status, answer.location) == (303, f"{DELIVERY}?server={leads_to}&bericht=opgegeven")
    assert "Set-Cookie" not in answer.headers


async def test_mail_that_waits_is_shown_without_its_words_and_given_up(pages: Pages, be: Be) -> None:
    await be("baas", Role.ADMINISTRATOR)
    async with pages.database.writing() as session:
        facts: dict[str, Any] = {"link": "https://tilburg.example/geheim"}
        await queue_mail(
            session, vault=Vault(SECRET), kind="sign_in_link", to="rian@x.example", language="nl", facts=facts,
            now=MOMENT,
        )  # fmt: skip
    page = await pages.get(DELIVERY)
    assert "rian@x.example" in page.main and "geheim" not in page.markup
    assert await acts(pages) == ["mail-queue-read"]
    async with pages.database.reading() as session:
        (mail,) = await session.scalars(select(Mail))
    await pages.submit(DELIVERY, DELIVERY, stap="opgeven", mail=mail.id)
    async with pages.database.reading() as session:
        assert (await session.get_one(Mail, mail.id)).state is MailState.GIVEN_UP


async def test_a_long_queue_is_paged_and_costs_no_more_queries(pages: Pages, be: Be) -> None:
    await be("baas", Role.ADMINISTRATOR)
    await queue(pages, "https://late.example/0")
    page = f"{DELIVERY}?server=late.example"
    await pages.get(page)
    for path in (DELIVERY, page):
        with counted(pages.database) as few:
            await pages.get(path)
        await queue(pages, *(f"https://late.example/{path == page}{number}" for number in range(60)))
        with counted(pages.database) as many:
            found = await pages.get(path)
        assert len(many) == len(few)
    following = found.markup.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await pages.get(following)).main.count("https://late.example/") >= 50
