"""Signing in by way of a real provider: who somebody is then, what roles they have, and what is not believed."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import Database, now
from actors.kinds import Role
from actors.people.identity_tables import Identity, ProviderSession
from actors.people.kinds import AccountState, Assurance
from actors.people.standing import set_roles
from actors.people.tables import Account, Session
from tests.support.oidc import Elsewhere, RunningProvider
from tests.web.oidc.conftest import LOGOUT_PORT, VIA
from tests.web.pages.browser import Page, Pages
from web.keys import PROVIDERS
from web.oidc.cookies import BEGUN_COOKIE
from web.oidc.settings import NewPeople
from web.visitor import SESSION_COOKIE

Instance = Callable[..., Awaitable[Pages]]
BASE = "https://tilburg.example"
LINKS = "/mijn/beveiliging/elders"


def someone(name: str = "karin") -> str:
    """Return a login that no other test has."""
    return f"{name}-{secrets.token_hex(4)}"


async def go(pages: Pages, provider: RunningProvider, login: str, *, back: str = "/kennis", **more: bool) -> Page:
    """Sign in there from our sign-in page on, and come back."""
    async with provider.browser() as browser:
        return await pages.get(await return_path(pages, browser, login, back=back, **more))


async def return_path(pages: Pages, browser: Elsewhere, login: str, *, back: str = "/kennis", **more: bool) -> str:
    """Sign in there, and return the path with which the browser would come back."""
    started = await pages.get(f"{VIA}?terug={back}")
    assert started.status == 303, started.main
    returned = await browser.go(started.location, login=login, **more)
    assert returned.startswith(f"{BASE}{VIA}/terug?")
    return returned.removeprefix(BASE)


async def register(pages: Pages, provider: RunningProvider, login: str, **typed: str) -> Page:
    """Sign in as somebody new, and make an account."""
    assert (await go(pages, provider, login)).location == f"{VIA}/nieuw"
    fields = {"name": "Karin", "handle": login, "email": f"{login}@elders.example"} | typed
    return await pages.submit(f"{VIA}/nieuw", f"{VIA}/nieuw", **fields)


async def roles_of(database: Database, login: str) -> set[Role]:
    async with database.reading() as session:
        query = select(Account.roles).join(Identity, Identity.account_id == Account.actor_id)
        return set((await session.scalars(query.where(Identity.subject == login))).one())


async def count(database: Database, table: type[Identity] | type[Account] | type[Session]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


# -------------------------------------------------------------------- a whole sign-in
async def test_somebody_new_makes_an_account_and_signs_in_with_it_from_then_on(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    page = await pages.get("/inloggen")
    assert "Werkplein" in page.main
    started = await pages.get(f"{VIA}?terug=/kennis")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(started.location).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32
    assert len({asked[name] for name in ("state", "nonce", "code_challenge")}) == 3
    made = await register(pages, provider, login)
    assert (made.status, made.location) == (303, "/kennis")
    assert "Uitloggen" in (await pages.get("/")).text
    async with database.reading() as session:
        (identity,) = await session.scalars(select(Identity))
        account = await session.get_one(Account, identity.account_id)
    assert (identity.issuer, identity.subject) == (provider.issuer, login)
    assert (account.email, account.password_hash) == (f"{login}@elders.example", None)
    assert account.email_confirmed_at is not None
    await pages.be(None)
    again = await go(pages, provider, login, back="/vraagstukken")
    assert (again.status, again.location) == (303, "/vraagstukken")
    assert await count(database, Account) == 1


async def test_the_same_address_is_not_the_same_person(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login, other = await instance(), someone(), someone("bram")
    await provider.know({other: {"email": f"{login}@elders.example"}})
    await register(pages, provider, login)
    await pages.be(None)
    refused = await register(pages, provider, other)
    assert refused.status == 422
    assert "Dit adres heeft al een account." in refused.main
    assert SESSION_COOKIE not in pages.cookies
    assert (await count(database, Identity), await count(database, Account)) == (1, 1)


async def test_an_address_that_the_provider_knows_cannot_be_replaced(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await register(pages, provider, login, email="ander@example.org")
    async with database.reading() as session:
        assert list(await session.scalars(select(Account.email))) == [f"{login}@elders.example"]


async def test_an_account_of_a_password_is_not_entered_by_its_address(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(new_people=NewPeople.OFF), someone()
    await pages.person("karin")
    await provider.know({login: {"email": "karin@example.org"}})
    page = await go(pages, provider, login)
    assert page.status == 403
    assert "Je hebt hier nog geen account" in page.main
    assert SESSION_COOKIE not in pages.cookies
    assert (await pages.get(f"{VIA}/nieuw")).location == "/inloggen"
    assert await count(database, Identity) == 0


async def test_where_an_administrator_decides_somebody_new_waits(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(new_people=NewPeople.APPROVAL), someone()
    page = await register(pages, provider, login, reason="Ik werk in de wijk.")
    assert "Je aanmelding wacht op een antwoord" in page.main
    assert SESSION_COOKIE not in pages.cookies
    async with database.reading() as session:
        assert list(await session.scalars(select(Account.state))) == [AccountState.WAITING]
    page = await go(pages, provider, login)
    assert page.status == 403
    assert SESSION_COOKIE not in pages.cookies


# ------------------------------------------------------------------------------ roles
async def test_groups_give_roles_at_each_sign_in_and_roles_given_here_stay(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await provider.know({login: {"groups": ["redactie", "koor"]}})
    await register(pages, provider, login)
    assert await roles_of(database, login) == {Role.EDITOR}
    async with database.writing() as session:
        account = (await session.scalars(select(Account))).one()
        actor = await session.get_one(Actor, account.actor_id)
        await set_roles(session, account, actor, account.roles | {Role.MODERATOR}, by=None, now=now())
    await provider.know({login: {"groups": ["beheer"]}})
    await go(pages, provider, login)
    assert await roles_of(database, login) == {Role.MODERATOR, Role.ADMINISTRATOR}
    await pages.sign_in("fatima", admin=True)
    await pages.be(None)
    await provider.know({login: {"groups": []}})
    await go(pages, provider, login)
    assert await roles_of(database, login) == {Role.MODERATOR}


async def test_the_last_administrator_stays_one(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await provider.know({login: {"groups": ["beheer"]}})
    await register(pages, provider, login)
    await provider.know({login: {"groups": []}})
    await go(pages, provider, login)
    assert await roles_of(database, login) == {Role.ADMINISTRATOR}


@pytest.mark.parametrize(("amr", "assurance"), [(["pwd"], Assurance.ONE), (["mfa"], Assurance.TWO)])
async def test_a_second_factor_there_counts_here(
    instance: Instance, provider: RunningProvider, database: Database, amr: list[str], assurance: Assurance
) -> None:
    pages, login = await instance(require_mfa=True), someone()
    await provider.know({login: {"groups": ["beheer"], "amr": amr}})
    await register(pages, provider, login)
    async with database.reading() as session:
        assert list(await session.scalars(select(Session.assurance))) == [assurance]
    assert ((await pages.get("/beheer")).status == 200) is (assurance is Assurance.TWO)


# ----------------------------------------------------------------- what is not believed
async def test_who_did_not_begin_it_does_not_end_it(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await register(pages, provider, login)
    await pages.be(None)
    async with provider.browser() as browser:
        path = await return_path(pages, browser, login)
    state = parse_qs(urlsplit(path).query)["state"][0]
    begun = pages.cookies.pop(BEGUN_COOKIE)
    for cookie, asked in ((None, path), (begun, path.replace(state, "x" * 32)), ("onzin", path), (begun[:-6], path)):
        if cookie is not None:
            pages.cookies[BEGUN_COOKIE] = cookie
        page = await pages.get(asked)
        assert page.status == 400
        assert "Deze poging om in te loggen begon niet in deze browser" in page.main
        assert SESSION_COOKIE not in pages.cookies


async def test_a_code_works_once_and_for_who_began_it(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await register(pages, provider, login)
    await pages.be(None)
    async with provider.browser() as browser:
        path = await return_path(pages, browser, login)
        stolen = parse_qs(urlsplit(path).query)["code"][0]
        # Another browser began a sign-in of its own: it has neither the verifier nor the nonce of this code.
        begun = pages.cookies[BEGUN_COOKIE]
        async with provider.browser() as other:
            theirs = await return_path(pages, other, someone("mallory"))
        code = parse_qs(urlsplit(theirs).query)["code"][0]
        page = await pages.get(theirs.replace(code, stolen))
        assert page.status == 502
        assert SESSION_COOKIE not in pages.cookies
        # The provider takes back a code that somebody tried without its verifier.
        pages.cookies[BEGUN_COOKIE] = begun
        assert (await pages.get(path)).status in {303, 502}
        path = await return_path(pages, browser, login)
        begun = pages.cookies[BEGUN_COOKIE]
        assert (await pages.get(path)).status == 303
    await pages.be(None)
    pages.cookies[BEGUN_COOKIE] = begun
    page = await pages.get(path)
    assert page.status == 502
    assert SESSION_COOKIE not in pages.cookies


async def test_another_issuer_than_ours_is_not_believed(instance: Instance, provider: RunningProvider) -> None:
    pages, login = await instance(), someone()
    async with provider.browser() as browser:
        path = await return_path(pages, browser, login)
    issuer = parse_qs(urlsplit(path).query)["iss"][0]
    assert issuer == provider.issuer
    page = await pages.get(re.sub(r"iss=[^&]+", "iss=https://evil.example", path))
    assert page.status == 502


async def test_new_keys_of_the_provider_are_found(instance: Instance, provider: RunningProvider) -> None:
    pages, login = await instance(), someone()
    await register(pages, provider, login)
    await provider.rotate_keys()
    await pages.be(None)
    pages.app[PROVIDERS]["oidc"]._keys_at -= 60  # new keys are looked for twice a minute at most
    assert (await go(pages, provider, login)).status == 303


async def test_who_stops_there_is_told_what_now(instance: Instance, provider: RunningProvider) -> None:
    pages = await instance()
    page = await go(pages, provider, someone(), cancel=True)
    assert page.status == 403
    assert "Je bent gestopt, of Werkplein liet je niet toe." in page.main


async def test_a_provider_that_is_away_is_told_plainly(instance: Instance) -> None:
    pages = await instance(issuer="http://127.0.0.1:9")
    page = await pages.get(VIA)
    assert page.status == 502
    assert "Werkplein antwoordt niet zoals het hoort." in page.main
    assert (await pages.get("/inloggen/via/nergens")).status == 404


async def test_another_site_signs_nobody_in(instance: Instance) -> None:
    pages = await instance()
    page = await pages.get(f"{VIA}?terug=/kennis", Sec_Fetch_Site="cross-site")
    assert page.location == "/inloggen?terug=/kennis"


# ------------------------------------------------------------------------------ linking
async def linked(pages: Pages, provider: RunningProvider, login: str) -> Page:
    """Link an account there with the one that is signed in here."""
    page = await pages.submit(LINKS, f"{LINKS}/via/oidc")
    found = re.search(rf'href="({re.escape(provider.issuer)}[^"]+)"', page.markup)
    assert found is not None, page.main
    async with provider.browser() as browser:
        returned = await browser.go(unescape(found[1]), login=login)
    return await pages.get(returned.removeprefix(BASE))


async def test_who_has_an_account_links_it_and_signs_in_with_it(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(new_people=NewPeople.OFF), someone()
    karin = await pages.sign_in()
    assert (await linked(pages, provider, login)).location == f"{LINKS}?bericht=gekoppeld"
    page = await pages.get(LINKS)
    assert "Werkplein" in page.main
    assert f"{login}@elders.example" in page.main
    await pages.be(None)
    assert (await go(pages, provider, login)).location == "/kennis"
    async with database.reading() as session:
        (identity,) = await session.scalars(select(Identity))
    assert identity.account_id == karin.id
    assert (await pages.submit(LINKS, f"{LINKS}/{identity.id}/weg")).location == f"{LINKS}?bericht=ontkoppeld"
    await pages.be(None)
    assert (await go(pages, provider, login)).status == 403


async def test_what_is_linked_with_one_account_is_not_linked_with_another(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    karin = await pages.sign_in()
    await linked(pages, provider, login)
    await pages.sign_in("bram")
    page = await linked(pages, provider, login)
    assert page.status == 409
    async with database.reading() as session:
        assert list(await session.scalars(select(Identity.account_id))) == [karin.id]
        (identity,) = await session.scalars(select(Identity))
    assert (await pages.submit(LINKS, f"{LINKS}/{identity.id}/weg")).status == 404


async def test_a_sign_in_links_nothing_and_a_link_is_for_who_began_it(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await pages.sign_in()
    page = await go(pages, provider, login)
    assert page.status == 403
    assert "Dit is niet gekoppeld aan je account" in page.main
    page = await pages.submit(LINKS, f"{LINKS}/via/oidc")
    found = re.search(rf'href="({re.escape(provider.issuer)}[^"]+)"', page.markup)
    async with provider.browser() as browser:
        returned = await browser.go(unescape(found[1]), login=login)
    await pages.sign_in("bram")
    assert (await pages.get(returned.removeprefix(BASE))).status == 400
    assert await count(database, Identity) == 0


async def test_the_only_way_to_sign_in_is_not_taken_away(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await register(pages, provider, login)
    async with database.reading() as session:
        (identity,) = await session.scalars(select(Identity))
    assert (await pages.submit(LINKS, f"{LINKS}/{identity.id}/weg")).location == f"{LINKS}?bericht=laatste"
    assert await count(database, Identity) == 1


# ------------------------------------------------------------------------- signing out
async def test_who_signs_out_here_may_sign_out_there_too(instance: Instance, provider: RunningProvider) -> None:
    pages, login = await instance(), someone()
    await register(pages, provider, login)
    await pages.be(None)
    async with provider.browser() as browser:
        await pages.get(await return_path(pages, browser, login))
        page = await pages.submit("/", "/uitloggen")
        assert "Je bent hier uitgelogd" in page.main
        assert "Uitloggen" not in page.text
        assert "Uitloggen" not in (await pages.get("/")).text
        found = re.search(rf'href="({re.escape(provider.issuer)}[^"]+)"', page.markup)
        assert found is not None
        address = unescape(found[1])
        assert "id_token_hint=" in address
        assert await browser.go(address) == f"{BASE}{VIA}/uitgelogd"
        assert (await pages.get(f"{VIA}/uitgelogd")).location == "/?bericht=uitgelogd"
        # Signed out there: the next sign-in asks for a login again.
        again = await pages.get(VIA)
        assert (await browser.go(again.location, login=someone("bram"))).startswith(BASE)


async def test_who_is_signed_out_there_is_signed_out_here(
    instance: Instance, provider: RunningProvider, database: Database
) -> None:
    pages, login = await instance(), someone()
    await register(pages, provider, login)
    await pages.be(None)
    told: asyncio.Queue[str] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        told.put_nowait(str((await request.post())["logout_token"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    async with TestServer(app, port=LOGOUT_PORT), provider.browser() as browser:
        await pages.get(await return_path(pages, browser, login))
        assert "Uitloggen" in (await pages.get("/")).text
        after = f"client_id=samenspraak&post_logout_redirect_uri={BASE}{VIA}/uitgelogd"
        await browser.go(f"{provider.issuer}/session/end?{after}")
        token = await asyncio.wait_for(told.get(), 15)
    for wrong in ("", "x.y.z", token[:-8], token + "A"):
        answer = await pages.client.post(f"{VIA}/uitgelogd", data={"logout_token": wrong})
        assert answer.status == 400
    assert "Uitloggen" in (await pages.get("/")).text
    answer = await pages.client.post(f"{VIA}/uitgelogd", data={"logout_token": token})
    assert answer.status == 200
    assert "Uitloggen" not in (await pages.get("/")).text
    async with database.reading() as session:
        assert not (await session.scalars(select(ProviderSession.sid).where(ProviderSession.id_token != b""))).all()
