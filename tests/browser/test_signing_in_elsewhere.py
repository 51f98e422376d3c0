"""Signing in by way of a real provider of OpenID Connect: somebody new, and somebody who has an account."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visiting, an_instance
from tests.browser.instance import LocalInstance
from tests.browser.visitor import Visitor
from tests.support.oidc import MISSING, RunningProvider, is_installed, running_provider

SECRET = "geheim-geheim-geheim"
VIA = "/inloggen/via/oidc"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tilburg(
    tmp_path_factory: pytest.TempPathFactory, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[LocalInstance, RunningProvider]]:
    """An instance, and the provider that its people have an account at."""
    if not is_installed():
        pytest.skip(MISSING)
    port, elsewhere = unused_tcp_port_factory(), unused_tcp_port_factory()
    instance = an_instance(
        tmp_path_factory.mktemp("tilburg"), port, ALLOW_ADDRESSES=f"127.0.0.1:{elsewhere}", OIDC_NAME="Werkplein",
        OIDC_ISSUER=f"http://127.0.0.1:{elsewhere}", OIDC_CLIENT_ID="samenspraak", OIDC_CLIENT_SECRET=SECRET,
        OIDC_NEW_PEOPLE="on",
    )  # fmt: skip
    client = {
        "client_id": "samenspraak",
        "client_secret": SECRET,
        "redirect_uris": [f"{instance.base_url}{VIA}/terug"],
        "post_logout_redirect_uris": [f"{instance.base_url}{VIA}/uitgelogd"],
    }
    with running_provider(elsewhere, [client]) as provider:
        await instance.make()
        await instance.start()
        yield instance, provider
        await instance.stop()


async def sign_in_there(visitor: Visitor, login: str) -> None:
    """Fill in the pages of the provider, which are its own: nothing on them is judged."""
    await visitor.page.locator("[name=login]").fill(login)
    await visitor.page.locator("[name=password]").fill("x")
    await visitor.page.locator("button[type=submit]").click()
    await visitor.page.locator("button[type=submit]", has_text="Continue").click()
    await visitor.page.wait_for_url(f"{visitor.instance.base_url}/**")
    await visitor.page.wait_for_load_state()
    visitor.troubles.clear()


async def test_somebody_new_comes_in_with_the_account_of_their_work_and_leaves_there_too(
    tilburg: tuple[LocalInstance, RunningProvider], visiting: Visiting
) -> None:
    instance, provider = tilburg
    noor = await visiting(instance, others=frozenset({provider.issuer}))
    await noor.open("/inloggen?terug=/kennis")
    await noor.check_everywhere()
    await noor.follow("Werkplein")
    await sign_in_there(noor, "noor")
    assert noor.path == f"{VIA}/nieuw"
    await noor.check_everywhere()
    await noor.fill(handle="")
    await noor.press("Mijn account maken")
    await noor.check_everywhere()
    await noor.fill(handle="noor")
    await noor.press("Mijn account maken")
    assert noor.path == "/kennis"
    await noor.check_everywhere()

    await noor.page.locator(".account-menu summary").click()
    await noor.page.get_by_role("button", name="Uitloggen").click()
    await expect(noor.page.get_by_role("heading", level=1)).to_have_text("Je bent hier uitgelogd")
    await noor.check_everywhere()


async def test_who_has_an_account_links_it_and_signs_in_with_it_from_then_on(
    tilburg: tuple[LocalInstance, RunningProvider], visiting: Visiting
) -> None:
    instance, provider = tilburg
    bram = await visiting(instance, "bram", others=frozenset({provider.issuer}))
    await bram.open("/mijn/beveiliging/elders")
    await bram.check_everywhere()
    await bram.press("Werkplein")
    await bram.check_everywhere()
    await bram.page.get_by_role("main").get_by_role("link", name="Werkplein").click()
    await sign_in_there(bram, "bram")
    assert bram.path == "/mijn/beveiliging/elders"
    await bram.check_everywhere()

    again = await visiting(instance, others=frozenset({provider.issuer}))
    await again.open("/inloggen?terug=/kennis")
    await again.follow("Werkplein")
    await sign_in_there(again, "bram")
    assert again.path == "/kennis"
    await expect(again.page.locator(".menu-name")).to_have_text("Bram de Wit")


async def test_a_provider_that_says_no_is_told(
    tilburg: tuple[LocalInstance, RunningProvider], visiting: Visiting
) -> None:
    instance, provider = tilburg
    anyone = await visiting(instance, others=frozenset({provider.issuer}))
    await anyone.open(VIA)
    await anyone.page.get_by_role("link", name="Cancel").click()
    await anyone.page.wait_for_url(f"{instance.base_url}/**")
    anyone.troubles.clear()
    await anyone.check_everywhere()
