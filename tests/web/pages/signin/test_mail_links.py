"""Links by e-mail: to sign in, and to choose a new password."""

import pytest
from sqlalchemy import func, select

from actors.people.kinds import AccountState
from actors.people.tables import Account, MailLink
from outbox.mail.tables import Mail
from tests.web.pages.browser import PASSWORD, Page, Pages
from tests.web.pages.signin.acting import (
    STRANGE,
    account_of,
    acts,
    by_password,
    code,
    give_app,
    give_token,
    is_signed_in,
    letters,
)
from web.visitor import SESSION_COOKIE

ASK = "/inloggen/link"
FORGOTTEN = "/wachtwoord/vergeten"
NEW = "een-heel-ander-woord"


async def asked(pages: Pages, email: str = "karin@example.org", form: str = ASK, **more: str) -> Page:
    return await pages.submit(form, form, email=email, **more)


async def test_a_link_signs_in_on_whatever_device(strict: Pages) -> None:
    actor = await strict.person("karin")
    page = await asked(strict, terug="/kennis")
    assert "Kijk in je e-mail" in page.main
    (letter,) = await letters(strict)
    assert (letter.kind, letter.to) == ("sign_in_link", "karin@example.org")
    strict.cookies.clear()
    page = await strict.get(letter.path)
    assert page.status == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert not is_signed_in(strict)
    answer = await strict.submit(letter.path, letter.path)
    assert (answer.status, answer.location) == (303, "/kennis")
    assert "Uitloggen" in (await strict.get("/")).text
    assert (await account_of(strict, actor)).email_confirmed_at is not None


async def test_opening_a_link_uses_nothing_up_and_pressing_its_button_does(strict: Pages) -> None:
    await strict.person("karin")
    await asked(strict)
    path = (await letters(strict))[0].path
    for _ in range(3):
        assert (await strict.get(path)).status == 200
    assert (await strict.submit(path, path)).status == 303
    await strict.be(None)
    for page in (await strict.get(path), await strict.post(path, {})):
        assert page.status == 404
        assert "Deze link werkt niet meer" in page.main
    assert not is_signed_in(strict)


@pytest.mark.parametrize("form", [ASK, FORGOTTEN])
async def test_who_asks_learns_nothing_of_an_account(strict: Pages, form: str) -> None:
    actor = await strict.person("karin")
    known = await asked(strict, form=form)
    unknown = await asked(strict, "niemand@example.org", form)
    async with strict.database.writing() as session:
        (await session.get_one(Account, actor.id)).state = AccountState.DISABLED
    disabled = await asked(strict, form=form)
    assert known.status == unknown.status == disabled.status == 200
    assert known.main == unknown.main == disabled.main
    assert {**known.headers, "Date": ""}.keys() == {**unknown.headers, "Date": ""}.keys()
    assert [one.to for one in await letters(strict)] == ["karin@example.org"]
    async with strict.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(MailLink)) == 3


async def test_nobody_can_fill_somebodys_mailbox(strict: Pages) -> None:
    await strict.person("karin")
    for email in ("karin@example.org", "KARIN@example.org", "karin@EXAMPLE.org", "karin@example.org"):
        assert (await asked(strict, email)).status == 200
    assert len(await letters(strict)) == 3


@pytest.mark.parametrize("form", [ASK, FORGOTTEN])
@pytest.mark.parametrize("email", ["", "karin", "a@b\r\nBcc: c@d.nl", "x" * 10_000 + "@b.nl", *STRANGE])
async def test_what_is_no_address_is_refused_at_its_field(strict: Pages, form: str, email: str) -> None:
    page = await asked(strict, email, form)
    assert page.status == 422
    assert 'id="error-email"' in page.markup
    assert "<script>alert" not in page.markup
    async with strict.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Mail)) == 0


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/inloggen/link"])
async def test_a_link_leads_to_no_other_site(strict: Pages, elsewhere: str) -> None:
    await strict.person("karin")
    await asked(strict, terug=elsewhere)
    path = (await letters(strict))[0].path
    assert (await strict.submit(path, path)).location == "/"


async def test_a_link_is_one_factor(strict: Pages) -> None:
    actor = await strict.person("karin", admin=True)
    secret = await give_app(strict, actor)
    await asked(strict)
    path = (await letters(strict))[0].path
    assert (await strict.submit(path, path)).location == "/inloggen/tweede-stap"
    assert not is_signed_in(strict)
    assert (await strict.submit("/inloggen/tweede-stap", "/inloggen/tweede-stap", code=code(secret))).status == 303
    assert is_signed_in(strict)


async def test_a_link_to_an_address_of_before_does_not_work(strict: Pages) -> None:
    actor = await strict.person("karin")
    await asked(strict)
    async with strict.database.writing() as session:
        (await session.get_one(Account, actor.id)).email = "nieuw@example.org"
    path = (await letters(strict))[0].path
    assert (await strict.submit(path, path)).status == 404
    assert not is_signed_in(strict)


async def test_another_site_cannot_press_the_button(strict: Pages) -> None:
    await strict.person("karin")
    await asked(strict)
    path = (await letters(strict))[0].path
    assert (await strict.post(path, {}, Sec_Fetch_Site="cross-site")).status == 403
    assert (await strict.submit(path, path)).status == 303


async def test_without_mail_there_are_no_links(pages: Pages) -> None:
    await pages.person("karin")
    assert (await pages.get(ASK)).status == 404
    assert (await pages.post(ASK, {"email": "karin@example.org"})).status == 404
    assert (await pages.post(FORGOTTEN, {"email": "karin@example.org"})).status == 404
    assert "Deze site verstuurt geen e-mail." in (await pages.get(FORGOTTEN)).main
    assert ASK not in (await pages.get("/inloggen")).markup


async def test_a_new_password_ends_every_session_token_and_link(strict: Pages) -> None:
    actor = await strict.sign_in()
    old = strict.cookies[SESSION_COOKIE]
    await strict.be(None)
    await asked(strict)
    await asked(strict, form=FORGOTTEN)
    link, reset = await letters(strict)
    assert (link.kind, reset.kind) == ("sign_in_link", "reset_password")
    assert (await strict.get(reset.path)).status == 200
    page = await strict.submit(reset.path, reset.path, password="kort")
    assert page.status == 422
    assert "Een wachtwoord heeft minstens 10 tekens." in page.main
    token = await give_token(strict, actor)
    assert "ook in apps" in (await strict.get(reset.path)).main
    answer = await strict.submit(reset.path, reset.path, password=NEW)
    assert (await strict.get("/meldingen", Authorization=f"Bearer {token}")).status == 401
    assert answer.location == "/inloggen?bericht=wachtwoord"
    for path in (link.path, reset.path):
        assert (await strict.get(path)).status == 404
    strict.cookies[SESSION_COOKIE] = old
    assert "Uitloggen" not in (await strict.get("/")).text
    await strict.be(None)
    assert (await by_password(strict)).status == 422
    assert (await by_password(strict, password=NEW)).status == 303
    assert "password-reset" in await acts(strict)
    assert (await letters(strict))[2].facts["what"] == "password"


async def test_a_new_password_takes_no_second_factor_away(strict: Pages) -> None:
    await give_app(strict, await strict.person("karin"))
    await asked(strict, form=FORGOTTEN)
    path = (await letters(strict))[0].path
    assert (await strict.submit(path, path, password=NEW)).status == 303
    assert not is_signed_in(strict)
    assert (await by_password(strict, password=NEW)).location == "/inloggen/tweede-stap"


@pytest.mark.parametrize("password", ["", "wachtwoord1", "karin@example.org", "x" * 1_001, "\0" * 12])
async def test_a_weak_password_is_refused_and_the_link_stays(strict: Pages, password: str) -> None:
    await strict.person("karin")
    await asked(strict, form=FORGOTTEN)
    path = (await letters(strict))[0].path
    page = await strict.submit(path, path, password=password)
    assert page.status == 422
    assert 'id="error-password"' in page.markup
    assert (await strict.submit(path, path, password=NEW)).status == 303


async def test_a_link_of_one_kind_is_none_of_another(strict: Pages) -> None:
    await strict.person("karin")
    await asked(strict)
    await asked(strict, form=FORGOTTEN)
    sign_in, reset = [one.path.rpartition("/")[2] for one in await letters(strict)]
    for path in (f"/wachtwoord/{sign_in}", f"/inloggen/link/{reset}", f"/bevestigen/{sign_in}", "/wachtwoord/%00"):
        assert (await strict.get(path)).status == 404
        assert (await strict.post(path, {"password": NEW})).status == 404
    assert (await by_password(strict, password=PASSWORD)).status == 303


async def test_a_browser_that_is_new_is_told_of(strict: Pages) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
    await strict.person("karin")
    await by_password(strict)
    assert await letters(strict) == [], "the first time is no news"
    await strict.be(None)
    await by_password(strict)
    assert await letters(strict) == [], "this browser is known"
    strict.cookies.clear()
    hidden = await strict.hidden("/inloggen")
    await strict.post("/inloggen", hidden | {"name": "karin", "password": PASSWORD}, User_Agent=firefox)
    (letter,) = await letters(strict)
    assert letter.kind == "new_device"
    assert (letter.facts["browser"], letter.facts["system"]) == ("Firefox", "Linux")
