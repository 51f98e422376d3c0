"""Becoming somebody here: an invitation, an account, a second step; and the ways to sign in after that."""

import base64
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import Visiting, an_instance
from tests.browser.instance import PASSWORD, LocalInstance
from tests.browser.visitor import Visitor
from tests.support.smtp import MailServer, mail_server
from tests.web.pages.signin.acting import code

APP = "Code uit je authenticator-app"
SECURITY = "/mijn/beveiliging"
PAGES = [
    "/mijn/profiel", "/mijn/foto", "/mijn/meldingen", "/mijn/sessies", "/mijn/gegevens", "/mijn/gegevens/adres",
    "/mijn/beveiliging/wachtwoord", "/meldingen", "/melden/overzicht",
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mails() -> AsyncIterator[MailServer]:
    """The mail server of the instance."""
    async with mail_server() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tilburg(
    mails: MailServer, tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[LocalInstance]:
    """An instance that sends mail."""
    instance = an_instance(tmp_path_factory.mktemp("tilburg"), unused_tcp_port_factory(), SMTP_URL=mails.url)
    await instance.make()
    await instance.start()
    yield instance
    await instance.stop()


async def leave(visitor: Visitor) -> None:
    """Sign out, by the menu of the account."""
    await visitor.page.locator(".account-menu summary").click()
    await visitor.page.get_by_role("button", name="Uitloggen").click()
    await visitor.page.wait_for_load_state()


async def test_who_is_invited_makes_an_account_and_protects_it_with_an_app(
    tilburg: LocalInstance, mails: MailServer, visiting: Visiting
) -> None:
    karin, sanne = await visiting(tilburg, "karin"), await visiting(tilburg)
    await karin.open("/beheer/uitnodigingen")
    await karin.fill(email="sanne@example.org", message="Fijn dat je meedoet.\nTot straks!")
    await karin.press("Maak de uitnodiging")
    await karin.check_everywhere()

    mail = await mails.newest("sanne@example.org")
    await sanne.open(mail.link("/uitnodiging/"))
    await sanne.check_everywhere()
    await sanne.press("Mijn account maken")
    await sanne.check_everywhere()
    await sanne.fill(name="Sanne Visser", handle="sanne", password="vier-woorden-op-rij")
    await sanne.press("Mijn account maken")
    await sanne.check_everywhere()

    await sanne.open(SECURITY)
    await sanne.check_everywhere()
    await sanne.follow("Authenticator-app instellen")
    await sanne.check_everywhere()
    secret = base64.b32decode((await sanne.page.locator("code.secret").inner_text()).replace(" ", ""))
    await sanne.page.get_by_label(APP).fill("12")
    await sanne.press("App instellen")
    await sanne.check_everywhere()
    await sanne.page.get_by_label(APP).fill(code(secret))
    await sanne.press("App instellen")
    await sanne.check_everywhere()
    recovery = await sanne.page.locator(".codes code").first.inner_text()
    await sanne.follow("Ik heb de codes bewaard")
    await sanne.check_everywhere()
    await leave(sanne)

    for second in ("app", "recovery code"):
        await sanne.open("/inloggen?terug=/kennis")
        await sanne.fill(name="sanne", password="vier-woorden-op-rij")
        await sanne.page.locator("[name=password]").press("Enter")
        await expect(sanne.page.get_by_role("heading", level=1)).to_have_text("Tweede stap")
        await sanne.check_everywhere()
        if second == "app":
            await sanne.page.get_by_label(APP).fill("000000")
            await sanne.press("Inloggen")
            await sanne.check_everywhere()
            await sanne.page.get_by_label(APP).fill(code(secret, datetime.now(UTC) + timedelta(seconds=30)))
        else:
            await sanne.follow("Herstelcode gebruiken")
            await sanne.check_everywhere()
            await sanne.page.get_by_label("Herstelcode").fill(recovery)
        await sanne.press("Inloggen")
        assert sanne.path == "/kennis"
        await leave(sanne)


async def test_a_link_by_mail_signs_in_and_goes_back_to_where_one_was(
    tilburg: LocalInstance, mails: MailServer, visiting: Visiting
) -> None:
    bram = await visiting(tilburg)
    await bram.open("/kennis/nieuw")
    await bram.follow("Inloggen met een link per e-mail")
    await bram.check_everywhere()
    await bram.press("Stuur me een link")
    await bram.check_everywhere()
    await bram.fill(email="bram@example.org")
    await bram.press("Stuur me een link")
    await bram.check_everywhere()
    mail = await mails.newest("bram@example.org")
    link = mail.link("/inloggen/link/")
    await bram.open(link)
    await bram.check_everywhere()
    await bram.press("Inloggen")
    assert bram.path == "/kennis/nieuw"

    another = await visiting(tilburg)
    await another.open(link)  # it worked once
    await another.check_everywhere()
    assert not await another.page.locator("main form").count()


async def test_a_mail_reads_well(tilburg: LocalInstance, mails: MailServer, visiting: Visiting) -> None:
    bram = await visiting(tilburg)
    await bram.open("/wachtwoord/vergeten")
    await bram.check_everywhere()
    await bram.fill(email="karin@example.org")
    await bram.page.locator("main form button").click()
    await bram.check_everywhere()
    mail = (await mails.wait_for(1, to="karin@example.org"))[-1]
    await bram.open(mail.link("/wachtwoord/"))
    await bram.check_everywhere()
    await bram.page.route("**/mail", lambda route: route.fulfill(body=mail.html, content_type="text/html"))
    await bram.page.goto(f"{tilburg.base_url}/mail")
    found = await axe.violations(bram.page)
    # A program for mail shows it as an article within its own page, which has the landmarks.
    assert not [one for one in found if not one.startswith(("landmark-one-main ", "region "))]


async def test_a_passkey_is_made_and_signs_in(tilburg: LocalInstance, visiting: Visiting) -> None:
    bram = await visiting(tilburg, "bram")
    device = await bram.context.new_cdp_session(bram.page)
    await device.send("WebAuthn.enable")
    await device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    await bram.open(SECURITY)
    await bram.follow("Passkey toevoegen")
    await bram.check_everywhere()
    await bram.fill(name="Laptop")
    await bram.page.get_by_role("button", name="Passkey maken").click()
    await expect(bram.page.get_by_role("heading", level=1)).to_have_text("Je herstelcodes")
    await bram.check_everywhere()
    await bram.open(SECURITY)
    await expect(bram.page.get_by_text("Laptop")).to_be_visible()
    await bram.page.get_by_text("Wijzigen", exact=True).click()
    await bram.check_everywhere()
    await leave(bram)

    await bram.open("/inloggen?terug=/kennis")
    await bram.page.get_by_role("button", name="Inloggen met een passkey").click()
    await bram.page.wait_for_url(lambda url: urlsplit(url).path == "/kennis")
    await expect(bram.page.locator(".menu-name")).to_have_text("Bram de Wit")


async def test_what_is_wrong_at_the_door_is_told_without_telling_who_exists(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    anyone = await visiting(tilburg)
    told = []
    for name in ("karin", "niemand"):
        await anyone.open("/inloggen")
        await anyone.fill(name=name, password=f"niet-{PASSWORD}")
        await anyone.page.locator("[name=password]").press("Enter")
        await anyone.page.wait_for_load_state()
        await expect(anyone.page.locator(".error-summary")).to_be_visible()
        told.append(await anyone.page.locator(".error-summary").inner_text())
    assert told[0] == told[1]
    await anyone.check_everywhere()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_of_my_account_is_accessible(tilburg: LocalInstance, visiting: Visiting, path: str) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open(path)
    await karin.check_everywhere()
