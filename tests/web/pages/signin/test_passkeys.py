"""Signing in with a passkey alone, and looking after passkeys."""

import json

import pytest

from tests.support.authenticator import Authenticator
from tests.web.pages.browser import Pages
from tests.web.pages.signin.acting import (
    STRANGE,
    acts,
    add_passkey,
    by_password,
    is_signed_in,
    letters,
    passkey_answer,
    recovery_codes,
)
from web.pages.signin.completing import STEP_COOKIE
from web.visitor import SESSION_COOKIE

ALONE = "/inloggen/passkey"
MINE = "/mijn/beveiliging/passkey"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is stored is tested on each with the domain."""
    return sqlite_url


async def test_a_passkey_signs_in_without_a_name(pages: Pages) -> None:
    device = Authenticator()
    await pages.sign_in()
    assert len(recovery_codes(await add_passkey(pages, device))) == 10
    await pages.be(None)
    answer = await pages.post(ALONE, await passkey_answer(pages, device, ALONE) | {"terug": "/kennis"})
    assert (answer.status, answer.location) == (303, "/kennis")
    assert "Uitloggen" in (await pages.get("/")).text


async def test_a_passkey_that_asks_its_owner_counts_as_two_factors(strict: Pages) -> None:
    device = Authenticator()
    await strict.sign_in(admin=True)
    await add_passkey(strict, device)
    assert (await strict.get("/vraagstukken/nieuw")).status == 200
    await strict.be(None)
    answer = await strict.post(ALONE, await passkey_answer(strict, device, ALONE) | {"terug": "/vraagstukken/nieuw"})
    assert answer.location == "/vraagstukken/nieuw"
    assert (await strict.get("/vraagstukken/nieuw")).status == 200


async def test_a_passkey_that_asks_nothing_counts_as_one(pages: Pages) -> None:
    device = Authenticator(verifies=False)
    await pages.sign_in()
    await add_passkey(pages, device)
    await pages.be(None)
    answer = await pages.post(ALONE, await passkey_answer(pages, device, ALONE))
    assert answer.location == "/inloggen/tweede-stap"
    assert not is_signed_in(pages)


async def test_the_options_let_the_browser_offer_what_it_has(pages: Pages) -> None:
    page = await pages.post(f"{ALONE}/vraag", {})
    assert page.headers["Content-Type"].startswith("application/json")
    assert page.headers["Cache-Control"] == "no-store"
    asked = json.loads(page.markup)
    assert asked["rpId"] == "tilburg.example"
    assert asked["allowCredentials"] == []
    for kept in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/", "__Host-"):
        assert kept in page.headers["Set-Cookie"]


async def test_a_challenge_is_of_one_browser_and_counts_once(pages: Pages) -> None:
    device = Authenticator(counts=False)
    await pages.sign_in()
    await add_passkey(pages, device)
    await pages.be(None)
    answer = await passkey_answer(pages, device, ALONE)
    step = pages.cookies.pop(STEP_COOKIE)
    page = await pages.post(ALONE, answer)
    assert page.status == 422
    assert "We herkennen je passkey niet." in page.main
    pages.cookies[STEP_COOKIE] = step
    assert (
        await pages.post(ALONE, await pages.hidden("/inloggen") | {"credential": answer["credential"]})
    ).status == 303
    await pages.be(None)
    pages.cookies[STEP_COOKIE] = step
    again = await pages.post(ALONE, await pages.hidden("/inloggen") | {"credential": answer["credential"]})
    assert again.status == 422
    assert not is_signed_in(pages)


@pytest.mark.parametrize("changed", [{"origin": "https://evil.example"}, {"challenge": "AAAA"}])
async def test_what_was_signed_elsewhere_signs_nobody_in(pages: Pages, changed: dict[str, str]) -> None:
    device = Authenticator()
    await pages.sign_in()
    await add_passkey(pages, device)
    await pages.be(None)
    page = await pages.post(ALONE, await passkey_answer(pages, device, ALONE, **changed))
    assert page.status == 422
    assert not is_signed_in(pages)


@pytest.mark.parametrize("answer", ["", "{}", "[" * 5_000, "null", '{"rawId":"AA","response":{}}', *STRANGE])
async def test_what_is_no_answer_is_refused(pages: Pages, answer: str) -> None:
    await pages.sign_in()
    await pages.post(f"{MINE}/vraag", await pages.hidden(MINE))
    page = await pages.post(MINE, await pages.hidden(MINE) | {"credential": answer, "name": "Mijn telefoon"})
    assert page.status == 422
    assert "De passkey is niet gemaakt." in page.main
    assert 'value="Mijn telefoon"' in page.markup
    await pages.be(None)
    await pages.post(f"{ALONE}/vraag", {})
    page = await pages.post(ALONE, {"credential": answer})
    assert page.status == 422
    assert "<script>alert" not in page.markup


async def test_the_first_passkey_ends_what_was_opened_with_less(strict: Pages) -> None:
    actor = await strict.sign_in()
    elsewhere = strict.cookies[SESSION_COOKIE]
    await strict.be(actor)
    before = strict.cookies[SESSION_COOKIE]
    await add_passkey(strict, Authenticator())
    mine = strict.cookies[SESSION_COOKIE]
    assert mine != before
    for old in (elsewhere, before):
        strict.cookies[SESSION_COOKIE] = old
        assert "Uitloggen" not in (await strict.get("/")).text
    strict.cookies[SESSION_COOKIE] = mine
    assert "Uitloggen" in (await strict.get("/")).text
    assert "passkey-added" in await acts(strict)
    assert [one.facts["what"] for one in await letters(strict)] == ["passkey-added"]


async def test_a_passkey_is_renamed_and_taken_away(pages: Pages) -> None:
    device = Authenticator()
    await pages.sign_in()
    await add_passkey(pages, device, "Oude telefoon")
    page = await pages.get("/mijn/beveiliging")
    assert "Oude telefoon" in page.main
    path = page.markup.partition(f'action="{MINE}/')[2].partition("/naam")[0]
    assert (await pages.submit("/mijn/beveiliging", f"{MINE}/{path}/naam", name="Laptop")).status == 303
    assert "Laptop" in (await pages.get("/mijn/beveiliging")).main
    assert (await pages.submit("/mijn/beveiliging", f"{MINE}/{path}/weg")).status == 303
    assert "Laptop" not in (await pages.get("/mijn/beveiliging")).main
    await pages.be(None)
    page = await pages.post(ALONE, await passkey_answer(pages, device, ALONE))
    assert page.status == 422
    assert (await by_password(pages)).location == "/"


async def test_a_passkey_that_is_taken_away_takes_its_other_sessions_along(pages: Pages) -> None:
    device = Authenticator()
    await pages.sign_in()
    await add_passkey(pages, device)
    mine = pages.cookies[SESSION_COOKIE]
    await pages.be(None)
    await pages.post(ALONE, await passkey_answer(pages, device, ALONE))
    theirs = pages.cookies[SESSION_COOKIE]
    pages.cookies[SESSION_COOKIE] = mine
    path = (await pages.get("/mijn/beveiliging")).markup.partition(f'action="{MINE}/')[2].partition("/naam")[0]
    await pages.submit("/mijn/beveiliging", f"{MINE}/{path}/weg")
    assert "Uitloggen" in (await pages.get("/")).text
    pages.cookies[SESSION_COOKIE] = theirs
    assert "Uitloggen" not in (await pages.get("/")).text


async def test_nobody_touches_passkeys_of_others(pages: Pages) -> None:
    await pages.sign_in("bram")
    await add_passkey(pages, Authenticator(), "Van Bram")
    page = await pages.get("/mijn/beveiliging")
    path = page.markup.partition(f'action="{MINE}/')[2].partition("/naam")[0]
    await pages.be(None)
    await pages.sign_in("karin")
    assert (await pages.submit("/mijn/profiel", f"{MINE}/{path}/weg")).status == 404
    assert (await pages.submit("/mijn/profiel", f"{MINE}/{path}/naam", name="Van mij")).status == 404
    assert (await pages.submit("/mijn/profiel", f"{MINE}/x/weg")).status == 404


async def test_a_device_that_is_known_already_is_refused(pages: Pages) -> None:
    device = Authenticator()
    await pages.sign_in()
    await add_passkey(pages, device)
    assert (await add_passkey(pages, device)).status == 422


@pytest.mark.parametrize("name", STRANGE[1:])
async def test_a_name_that_deceives_is_refused(pages: Pages, name: str) -> None:
    await pages.sign_in()
    page = await add_passkey(pages, Authenticator(), name)
    assert page.status == 422
    assert 'id="error-name"' in page.markup
