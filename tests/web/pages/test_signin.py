"""Signing in and out: where it leads, what it keeps, and what it does not give away."""

import pytest
from yarl import URL

from tests.web.pages.browser import PASSWORD, Pages
from web.visitor import SESSION_COOKIE

WRONG = "Deze naam en dit wachtwoord horen niet bij elkaar. Probeer het opnieuw."


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is the same on each."""
    return sqlite_url


@pytest.mark.parametrize("name", ["karin", "@Karin", "karin@example.org", " KARIN@example.org "])
async def test_a_person_signs_in_and_comes_back(pages: Pages, name: str) -> None:
    await pages.person("karin")
    assert "Uitloggen" not in (await pages.get("/")).text
    answer = await pages.post("/inloggen", {"name": name, "password": PASSWORD, "terug": "/kennis?theme=jeugd"})
    assert (answer.status, answer.location) == (303, "/kennis?theme=jeugd")
    cookie = answer.headers["Set-Cookie"]
    for kept in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
        assert kept in cookie
    assert "Uitloggen" in (await pages.get("/")).text
    assert (await pages.get("/inloggen?terug=/over")).location == "/over"


async def test_signing_out_ends_the_session_on_the_server(pages: Pages) -> None:
    await pages.sign_in()
    stolen = pages.cookies[SESSION_COOKIE]
    assert (await pages.submit("/", "/uitloggen")).location == "/?bericht=uitgelogd"
    pages.cookies[SESSION_COOKIE] = stolen
    assert "Uitloggen" not in (await pages.get("/")).text
    assert "Je bent uitgelogd." in (await pages.get("/?bericht=uitgelogd")).main


@pytest.mark.parametrize(("name", "password"), [("karin", "verkeerd-wachtwoord"), ("niemand", PASSWORD)])
async def test_whether_an_account_exists_is_not_given_away(pages: Pages, name: str, password: str) -> None:
    await pages.person("karin")
    page = await pages.post("/inloggen", {"name": name, "password": password, "terug": "/kennis"})
    assert page.status == 422
    assert WRONG in page.main
    assert f'value="{name}"' in page.markup
    assert password not in page.markup
    assert 'name="terug" value="/kennis"' in page.markup


async def test_an_empty_form_says_what_is_missing(pages: Pages) -> None:
    page = await pages.post("/inloggen", {"name": "", "password": ""})
    assert "Vul je naam of je e-mailadres in." in page.main
    assert "Vul je wachtwoord in." in page.main


async def test_after_ten_failures_one_has_to_wait(pages: Pages) -> None:
    await pages.person("karin")
    for _ in range(10):
        assert (await pages.post("/inloggen", {"name": "karin", "password": "x"})).status == 422
    page = await pages.post("/inloggen", {"name": "karin", "password": PASSWORD})
    assert page.status == 429
    assert "Te veel pogingen." in page.main
    assert SESSION_COOKIE not in pages.cookies


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\t/evil.example", "/inloggen", "x"])
async def test_signing_in_leads_to_no_other_site(pages: Pages, elsewhere: str) -> None:
    await pages.person("karin")
    answer = await pages.post("/inloggen", {"name": "karin", "password": PASSWORD, "terug": elsewhere})
    assert answer.location == "/"


async def test_another_site_cannot_sign_a_browser_in(pages: Pages) -> None:
    await pages.person("karin")
    form = {"name": "karin", "password": PASSWORD}
    assert (await pages.post("/inloggen", form, Sec_Fetch_Site="cross-site")).status == 403
    assert (await pages.post("/inloggen", form, Origin="https://evil.example")).status == 403


async def test_a_page_that_needs_an_account_asks_for_it(pages: Pages) -> None:
    location = URL((await pages.get("/meldingen?before=3")).location)
    assert (location.path, location.query["terug"]) == ("/inloggen", "/meldingen?before=3")
