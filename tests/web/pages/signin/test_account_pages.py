"""My account: profile, password, app, sessions, address and language."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actors.actor import Actor
from actors.database import now
from actors.people.sessions import open_session
from actors.people.tables import Account, Session
from outbox.tables import Activity
from tests.support.authenticator import Authenticator
from tests.support.queries import counted
from tests.web.pages.browser import PASSWORD, Pages
from tests.web.pages.signin.acting import (
    STRANGE,
    account_of,
    acts,
    add_passkey,
    by_password,
    code,
    give_app,
    give_token,
    grow_stale,
    letters,
)
from web.visitor import SESSION_COOKIE

SECURITY = "/mijn/beveiliging"
NEW = "een-heel-ander-woord"
PAGES = ["/mijn/profiel", SECURITY, "/mijn/sessies", "/mijn/gegevens"]
GUARDED = [f"{SECURITY}/wachtwoord", f"{SECURITY}/app", f"{SECURITY}/passkey", "/mijn/gegevens/adres"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is stored is tested on each with the domain."""
    return sqlite_url


@pytest.mark.parametrize("path", [*PAGES, *GUARDED, "/mijn"])
async def test_my_account_is_for_who_is_signed_in(pages: Pages, path: str) -> None:
    assert (await pages.get(path)).location == f"/inloggen?terug={path}"
    await pages.sign_in()
    page = await pages.get(path)
    assert page.status == (303 if path == "/mijn" else 200)
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", GUARDED)
async def test_what_matters_asks_once_more_who_you_are(pages: Pages, path: str) -> None:
    await pages.sign_in()
    await grow_stale(pages)
    answer = await pages.get(path)
    assert answer.location == f"/inloggen/opnieuw?terug={path}"
    assert (await pages.submit(answer.location, "/inloggen/opnieuw", password="verkeerd", terug=path)).status == 422
    old = pages.cookies[SESSION_COOKIE]
    back = await pages.submit(answer.location, "/inloggen/opnieuw", password=PASSWORD, terug=path)
    assert (back.status, back.location) == (303, path)
    assert pages.cookies[SESSION_COOKIE] != old
    assert (await pages.get(path)).status == 200


async def test_a_stale_form_changes_nothing(pages: Pages) -> None:
    actor = await pages.sign_in()
    await give_app(pages, actor)
    hidden = await pages.hidden("/mijn/profiel")
    await grow_stale(pages)
    before = (await account_of(pages, actor)).password_hash
    for path in (f"{SECURITY}/wachtwoord", f"{SECURITY}/app/weg", f"{SECURITY}/herstelcodes", "/mijn/gegevens/adres"):
        answer = await pages.post(path, {"csrf": hidden["csrf"], "password": NEW, "email": "x@example.org"})
        assert answer.location.startswith("/inloggen/opnieuw?terug=/mijn/"), path
    after = await account_of(pages, actor)
    assert (after.password_hash, after.email) == (before, "karin@example.org")


async def test_proving_again_is_limited_as_signing_in_is(pages: Pages) -> None:
    await pages.sign_in()
    page = "/inloggen/opnieuw"
    assert [(await pages.submit(page, page, password="x")).status for _ in range(11)] == [422] * 10 + [429]
    assert (await pages.submit(page, page, password=PASSWORD)).status == 429


async def test_a_profile_is_changed_and_told_to_followers(pages: Pages) -> None:
    actor = await pages.sign_in()
    page = await pages.submit("/mijn/profiel", "/mijn/profiel", name="Karin ten Have", bio="Ik **werk** in de wijk.")
    assert page.location == "/mijn/profiel?bericht=bewaard"
    page = await pages.get("/mijn/profiel")
    assert 'value="Karin ten Have"' in page.markup
    assert "Ik **werk** in de wijk." in page.markup
    assert "<strong>werk</strong>" in (await pages.get("/personen/karin")).markup
    async with pages.database.reading() as session:
        assert list(await session.scalars(select(Activity.type).where(Activity.actor_id == actor.id))) == ["Update"]
    await pages.submit("/mijn/profiel", "/mijn/profiel", name="Karin ten Have", bio="Ik **werk** in de wijk.")
    async with pages.database.reading() as session:
        assert len(list(await session.scalars(select(Activity.id)))) == 1, "nothing changed, so nothing is told"


@pytest.mark.parametrize(
    ("field", "text"),
    [("name", ""), ("name", "x" * 101), ("name", "a\u202eb"), ("name", "a\0b"), ("bio", "x" * 2_001), ("bio", "a\0b")],
)
async def test_a_fault_in_a_profile_is_told_at_its_field(pages: Pages, field: str, text: str) -> None:
    await pages.sign_in()
    page = await pages.submit(
        "/mijn/profiel", "/mijn/profiel", **({"name": "Karin", "bio": "Hallo daar"} | {field: text})
    )
    assert page.status == 422
    assert f'id="error-{field}"' in page.markup
    assert ("Hallo daar" if field == "name" else 'value="Karin"') in page.markup


@pytest.mark.parametrize("text", STRANGE)
async def test_hostile_words_in_a_profile_do_nothing(pages: Pages, text: str) -> None:
    await pages.sign_in()
    await pages.submit(
        "/mijn/profiel", "/mijn/profiel", name=f"Karin {text}", bio=f"Hallo {text} [x](javascript:alert(1))"
    )
    for path in ("/mijn/profiel", "/personen/karin"):
        page = await pages.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.markup
        assert 'href="javascript' not in page.markup


async def test_a_new_password_signs_out_everywhere_else(strict: Pages) -> None:
    actor = await strict.sign_in()
    elsewhere = strict.cookies[SESSION_COOKIE]
    await strict.be(actor)
    page = f"{SECURITY}/wachtwoord"
    answer = await strict.submit(page, page, password=NEW)
    assert answer.location == f"{SECURITY}?bericht=wachtwoord"
    assert "Op alle andere plekken ben je uitgelogd, ook in apps." in (await strict.get(answer.location)).main
    strict.cookies[SESSION_COOKIE] = elsewhere
    assert "Uitloggen" not in (await strict.get("/")).text
    await strict.be(None)
    assert (await by_password(strict)).status == 422
    assert (await by_password(strict, password=NEW)).status == 303
    assert "password-changed" in await acts(strict)
    assert (await letters(strict))[0].facts["what"] == "password"


@pytest.mark.parametrize("password", ["", "kort", "karin@example.org", "Karin-2026", "1234567890", "x" * 1_001])
async def test_a_weak_password_is_refused(pages: Pages, password: str) -> None:
    await pages.sign_in()
    page = f"{SECURITY}/wachtwoord"
    answer = await pages.submit(page, page, password=password)
    assert answer.status == 422
    assert 'id="error-password"' in answer.markup


async def test_an_app_is_taken_away(strict: Pages) -> None:
    actor = await strict.sign_in()
    await give_app(strict, actor)
    assert "De app is in gebruik sinds" in (await strict.get(SECURITY)).main
    assert (await strict.submit(SECURITY, f"{SECURITY}/app/weg")).location == f"{SECURITY}?bericht=app-weg"
    assert "two-factor-removed" in await acts(strict)
    await strict.be(None)
    assert (await by_password(strict)).location == "/"


async def test_sessions_are_listed_and_ended(pages: Pages) -> None:
    actor = await pages.sign_in()
    other = await pages.person("bram")
    async with pages.database.writing() as session:
        for person, browser in ((actor, "Firefox"), (actor, "Safari"), (other, "Edge")):
            account = await session.get_one(Account, person.id)
            await open_session(session, account, now=now(), browser=browser, system="Linux")
    page = await pages.get("/mijn/sessies")
    assert "Firefox op Linux" in page.main
    assert "Safari op Linux" in page.main
    assert "Edge" not in page.main
    async with pages.database.reading() as session:
        keys = {one.browser: one.digest.hex() for one in await session.scalars(select(Session))}
    end = "/mijn/sessies/beeindigen"
    assert (await pages.submit("/mijn/sessies", end, key=keys["Firefox"])).location == "/mijn/sessies?bericht=sessie"
    await pages.submit("/mijn/sessies", end, key=keys["Edge"])
    for odd in ("", "x", "\0", "é", "00"):
        assert (await pages.submit("/mijn/sessies", end, key=odd)).status in {303, 404}
    assert await browsers(pages) == {"", "Safari", "Edge"}
    answer = await pages.submit("/mijn/sessies", end, others="1")
    assert "Overal elders ben je uitgelogd, en ook in apps." in (await pages.get(answer.location)).main
    assert await browsers(pages) == {"", "Edge"}
    assert "Uitloggen" in (await pages.get("/")).text


async def test_apps_are_signed_out_with_the_other_browsers(pages: Pages) -> None:
    actor = await pages.sign_in()
    assert "Overal elders uitloggen" not in (await pages.get("/mijn/sessies")).main
    token = await give_token(pages, actor)
    assert await works(pages, token)
    assert "Er zijn apps die je account gebruiken." in (await pages.get("/mijn/sessies")).main
    await pages.submit("/mijn/sessies", "/mijn/sessies/beeindigen", others="1")
    assert not await works(pages, token)
    assert "Uitloggen" in (await pages.get("/")).text


async def test_a_new_password_signs_out_of_apps_too(pages: Pages) -> None:
    token = await give_token(pages, await pages.sign_in())
    page = f"{SECURITY}/wachtwoord"
    assert "ook in apps" in (await pages.get(page)).main
    await pages.submit(page, page, password=NEW)
    assert not await works(pages, token)


async def test_a_first_second_step_signs_out_of_apps_too(pages: Pages) -> None:
    token = await give_token(pages, await pages.sign_in())
    assert "ook in apps" in (await pages.get(f"{SECURITY}/app")).main
    assert "ook in apps" in (await pages.get(f"{SECURITY}/passkey")).main
    await add_passkey(pages, Authenticator())
    assert not await works(pages, token)
    assert "ook in apps" not in (await pages.get(f"{SECURITY}/passkey")).main


async def works(pages: Pages, token: str) -> bool:
    """Whether a token opens anything."""
    mine, pages.cookies = pages.cookies, {}
    answer = await pages.get("/meldingen", Authorization=f"Bearer {token}")
    pages.cookies = mine
    assert answer.status in {200, 401}
    return answer.status == 200


async def browsers(pages: Pages) -> set[str]:
    async with pages.database.reading() as session:
        return set(await session.scalars(select(Session.browser)))


async def test_a_new_address_counts_once_it_is_confirmed(strict: Pages) -> None:
    actor = await strict.sign_in()
    page = "/mijn/gegevens/adres"
    assert (await strict.submit(page, page, email="nieuw@example.org")).location == "/mijn/gegevens?bericht=bevestig"
    assert (await account_of(strict, actor)).email == "karin@example.org"
    warning, confirm = await letters(strict)
    assert (warning.to, warning.facts["what"]) == ("karin@example.org", "email-asked")
    assert (confirm.kind, confirm.to) == ("confirm_address", "nieuw@example.org")
    assert "Korte naam@karin" in (await strict.get(confirm.path)).main, "whose account it is for"
    assert (await strict.submit(confirm.path, confirm.path)).status == 200
    account = await account_of(strict, actor)
    assert account.email == "nieuw@example.org"
    assert account.email_confirmed_at is not None
    told = (await letters(strict))[2]
    assert (told.to, told.facts["what"]) == ("karin@example.org", "email")
    assert "email-changed" in await acts(strict)


async def test_an_address_of_somebody_else_is_not_given_away(strict: Pages) -> None:
    await strict.person("bram")
    actor = await strict.sign_in()
    page = "/mijn/gegevens/adres"
    known = await strict.submit(page, page, email="BRAM@example.org")
    unknown = await strict.submit(page, page, email="nieuw@example.org")
    assert (known.status, known.location) == (unknown.status, unknown.location)
    assert ("address_known", "bram@example.org") in [(one.kind, one.to) for one in await letters(strict)]
    assert (await account_of(strict, actor)).email == "karin@example.org"


async def test_an_address_that_was_taken_meanwhile_is_not_confirmed(strict: Pages) -> None:
    actor = await strict.sign_in()
    page = "/mijn/gegevens/adres"
    await strict.submit(page, page, email="nieuw@example.org")
    path = (await letters(strict))[1].path
    await strict.person("bram")
    async with strict.database.writing() as session:
        await session.execute(update(Account).where(Account.actor_id != actor.id).values(email="nieuw@example.org"))
    assert (await strict.submit(path, path)).status == 404
    assert (await account_of(strict, actor)).email == "karin@example.org"


async def test_without_mail_an_address_counts_at_once(pages: Pages) -> None:
    await pages.person("bram")
    actor = await pages.sign_in()
    page = "/mijn/gegevens/adres"
    assert (await pages.submit(page, page, email="bram@example.org")).status == 422
    assert (await pages.submit(page, page, email="geen adres")).status == 422
    assert (await pages.submit(page, page, email="nieuw@example.org")).status == 303
    assert (await account_of(pages, actor)).email == "nieuw@example.org"


async def test_a_language_is_kept_with_the_account(pages: Pages) -> None:
    actor = await pages.sign_in()
    page = await pages.submit("/mijn/gegevens", "/mijn/gegevens/taal", language="en")
    assert page.location == "/mijn/gegevens?bericht=taal"
    assert (await account_of(pages, actor)).language == "en"
    assert "Your language is kept." in (await pages.get(page.location)).main
    assert (await pages.submit("/mijn/gegevens", "/mijn/gegevens/taal", language="xx")).status == 400


async def test_the_number_of_queries_does_not_grow_with_sessions(pages: Pages) -> None:
    actor = await pages.sign_in()
    await pages.get("/mijn/sessies")
    with counted(pages.database) as few:
        await pages.get("/mijn/sessies")
    async with pages.database.writing() as session:
        account = await session.get_one(Account, actor.id)
        for _ in range(20):
            await open_session(session, account, now=now())
    with counted(pages.database) as many:
        await pages.get("/mijn/sessies")
    assert len(many) == len(few)


async def test_a_browser_that_is_used_stays_signed_in(pages: Pages) -> None:
    actor = await pages.sign_in()
    async with pages.database.writing() as session:
        await session.execute(update(Session).values(last_seen_at=now() - timedelta(days=2)))
    await pages.get("/")
    async with pages.database.reading() as session:
        seen = await session.scalar(select(Session.last_seen_at))
    assert seen is not None
    assert now() - seen < timedelta(minutes=1)
    assert (await account_of(pages, actor)).last_seen_at is not None


async def test_a_code_proves_again_where_there_is_no_password(pages: Pages) -> None:
    actor = await pages.sign_in()
    secret = await give_app(pages, actor)
    async with pages.database.writing() as session:
        (await session.get_one(Account, actor.id)).password_hash = None
    await grow_stale(pages)
    answer = await pages.get(f"{SECURITY}/wachtwoord")
    page = "/inloggen/opnieuw"
    assert (await pages.submit(answer.location, page, code="000000")).status == 422
    assert (await pages.submit(answer.location, page, password="")).status == 422
    back = await pages.submit(answer.location, page, code=code(secret), terug=f"{SECURITY}/wachtwoord")
    assert back.location == f"{SECURITY}/wachtwoord"


@pytest.mark.parametrize("path", ["/mijn/profiel", f"{SECURITY}/wachtwoord", "/mijn/sessies/beeindigen"])
async def test_another_site_changes_nothing(pages: Pages, path: str) -> None:
    await pages.sign_in()
    hidden = await pages.hidden("/mijn/profiel")
    assert (await pages.post(path, {"name": "x", "password": NEW})).status == 403
    assert (await pages.post(path, hidden | {"name": "x"}, Sec_Fetch_Site="cross-site")).status == 403
    async with pages.database.reading() as session:
        assert (await session.scalars(select(Actor.name).where(Actor.handle == "karin"))).one() == "Karin"
