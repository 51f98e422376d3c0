"""The second step: what it takes, what it refuses, and what administrators need it for."""

import base64
import json

import pytest
from sqlalchemy import select, update

from actors.people.kinds import Assurance, Method
from actors.people.tables import Passkey, Session
from tests.support.authenticator import Authenticator
from tests.web.pages.browser import Pages
from tests.web.pages.signin.acting import (
    STRANGE,
    account_of,
    acts,
    add_passkey,
    by_password,
    code,
    forget_code,
    give_app,
    is_signed_in,
    letters,
    passkey_answer,
    recovery_codes,
)
from web.pages.signin.completing import STEP_COOKIE
from web.visitor import SESSION_COOKIE

STEP = "/inloggen/tweede-stap"


async def test_with_an_app_a_password_is_half_the_way(pages: Pages) -> None:
    secret = await give_app(pages, await pages.person("karin"))
    answer = await by_password(pages, terug="/kennis")
    assert (answer.status, answer.location) == (303, STEP)
    assert not is_signed_in(pages)
    assert "Uitloggen" not in (await pages.get("/")).text
    page = await pages.get(STEP)
    assert "Code uit je authenticator-app" in page.main
    assert "no-store" in page.headers["Cache-Control"]
    answer = await pages.submit(STEP, STEP, code=code(secret))
    assert (answer.status, answer.location) == (303, "/kennis")
    assert "Uitloggen" in (await pages.get("/")).text


async def test_a_step_is_over_once_it_was_taken(pages: Pages) -> None:
    secret = await give_app(pages, await pages.person("karin"))
    await by_password(pages)
    step = pages.cookies[STEP_COOKIE]
    await pages.submit(STEP, STEP, code=code(secret))
    await pages.be(None)
    pages.cookies[STEP_COOKIE] = step
    await forget_code(pages)
    assert (await pages.post(STEP, {"code": code(secret)})).location.startswith("/inloggen")
    assert not is_signed_in(pages)


async def test_a_code_that_was_used_signs_nobody_in(pages: Pages) -> None:
    secret = await give_app(pages, await pages.person("karin"))
    shown = code(secret)
    await by_password(pages)
    assert (await pages.submit(STEP, STEP, code=shown)).status == 303
    await pages.be(None)
    await by_password(pages)
    page = await pages.submit(STEP, STEP, code=shown)
    assert page.status == 422
    assert "Deze code klopt niet, of is al gebruikt." in page.main
    assert not is_signed_in(pages)


async def test_after_five_wrong_codes_the_password_is_asked_again(pages: Pages) -> None:
    secret = await give_app(pages, await pages.person("karin"))
    await by_password(pages)
    for _ in range(4):
        assert (await pages.submit(STEP, STEP, code="000000")).status == 422
    assert (await pages.submit(STEP, STEP, code="000000")).location.startswith("/inloggen")
    assert (await pages.post(STEP, {"code": code(secret)})).location.startswith("/inloggen")
    await by_password(pages)
    for _ in range(4):
        assert (await pages.submit(STEP, STEP, code="000000")).status == 422
    assert (await pages.submit(STEP, STEP, code="000000")).status == 303
    await by_password(pages)
    page = await pages.submit(STEP, STEP, code=code(secret))
    assert page.status == 429
    assert not is_signed_in(pages)


@pytest.mark.parametrize("text", ["", "12345", "x" * 10_000, "１２３４５６", *STRANGE])
async def test_what_is_no_code_is_refused_at_its_field(pages: Pages, text: str) -> None:
    await give_app(pages, await pages.person("karin"))
    await by_password(pages)
    page = await pages.submit(STEP, STEP, code=text)
    assert page.status == 422
    assert 'id="error-code"' in page.markup
    assert "<script>alert" not in page.markup
    assert not is_signed_in(pages)


async def test_who_did_not_give_a_password_gets_no_second_step(pages: Pages) -> None:
    secret = await give_app(pages, await pages.person("karin"))
    assert (await pages.get(STEP)).location.startswith("/inloggen")
    for cookie in ("", "x", "x" * 3_000):
        pages.cookies[STEP_COOKIE] = cookie
        assert (await pages.post(STEP, {"code": code(secret)})).location.startswith("/inloggen")
        assert (await pages.post(f"{STEP}/vraag", {})).status == 404
    assert not is_signed_in(pages)


async def test_a_recovery_code_is_a_second_factor_once(strict: Pages) -> None:
    actor = await strict.sign_in()
    await give_app(strict, actor)
    page = await strict.submit("/mijn/beveiliging", "/mijn/beveiliging/herstelcodes")
    codes = recovery_codes(page)
    assert len(set(codes)) == 10
    assert "no-store" in page.headers["Cache-Control"]
    await strict.be(None)
    await by_password(strict)
    way = f"{STEP}?herstelcode=1"
    assert "Herstelcode" in (await strict.get(way)).main
    assert (await strict.submit(way, STEP, recovery=codes[0].upper())).status == 303
    assert is_signed_in(strict)
    assert "recovery-code-used" in await acts(strict)
    assert {"codes", "code-used"} <= {one.facts.get("what") for one in await letters(strict)}
    await strict.be(None)
    await by_password(strict)
    page = await strict.submit(way, STEP, recovery=codes[0])
    assert page.status == 422
    assert "Dit is niet een van je herstelcodes" in page.main


async def test_a_passkey_is_a_second_factor(pages: Pages) -> None:
    device = Authenticator(verifies=False)
    await pages.sign_in()
    await add_passkey(pages, device)
    await pages.be(None)
    assert (await by_password(pages)).location == STEP
    assert "data-passkey" in (await pages.get(STEP)).markup
    answer = await passkey_answer(pages, device, STEP)
    assert (await pages.post(STEP, answer)).status == 303
    assert is_signed_in(pages)


async def test_a_passkey_does_not_come_after_itself_unless_it_asks_its_owner(pages: Pages) -> None:
    device = Authenticator(verifies=False)
    await pages.sign_in()
    await add_passkey(pages, device)
    await pages.be(None)
    alone = await passkey_answer(pages, device, "/inloggen/passkey")
    assert (await pages.post("/inloggen/passkey", alone)).location == STEP
    page = await pages.post(STEP, await passkey_answer(pages, device, STEP))
    assert page.status == 422
    assert "Je eerste stap was al een passkey." in page.main
    assert not is_signed_in(pages)
    asked = json.loads((await pages.post(f"{STEP}/vraag", {})).markup)
    assert asked["userVerification"] == "required"
    device.verifies = True
    assert (await pages.post(STEP, await passkey_answer(pages, device, STEP))).status == 303
    assert is_signed_in(pages)


async def test_two_passkeys_that_ask_nothing_are_two_things_that_one_has_and_no_two_factors(pages: Pages) -> None:
    first, second = Authenticator(verifies=False), Authenticator(verifies=False)
    await pages.sign_in()
    for device in (first, second):
        await add_passkey(pages, device)
    await pages.be(None)
    await pages.post("/inloggen/passkey", await passkey_answer(pages, first, "/inloggen/passkey"))
    assert (await pages.post(STEP, await passkey_answer(pages, second, STEP))).status == 422
    assert not is_signed_in(pages)


async def test_after_a_passkey_comes_a_code_of_an_app_or_of_paper(pages: Pages) -> None:
    device = Authenticator(verifies=False)
    actor = await pages.sign_in()
    codes = recovery_codes(await add_passkey(pages, device))
    secret = await give_app(pages, actor)
    for fields in ({"code": code(secret)}, {"recovery": codes[0]}):
        await pages.be(None)
        await pages.post("/inloggen/passkey", await passkey_answer(pages, device, "/inloggen/passkey"))
        assert (await pages.submit(STEP, STEP, **fields)).status == 303
        assert is_signed_in(pages)
    async with pages.database.reading() as session:
        opened = (await session.scalars(select(Session).where(Session.method.is_not(None)))).all()
        passkey_id = await session.scalar(select(Passkey.id))
    assert {(one.method, one.assurance, one.passkey_id) for one in opened} == {
        (Method.PASSKEY, Assurance.TWO, passkey_id)
    }


@pytest.mark.parametrize(("method", "status"), [(Method.PASSKEY, 422), (None, 422), (Method.LINK, 303)])
async def test_whoever_is_signed_in_proves_another_thing_than_they_came_with(
    strict: Pages, method: Method | None, status: int
) -> None:
    device = Authenticator(verifies=False)
    await strict.sign_in(admin=True)
    await add_passkey(strict, device)
    async with strict.database.writing() as session:
        await session.execute(update(Session).values(assurance=Assurance.ONE, method=method))
    assert (await strict.get("/vraagstukken/nieuw")).location.startswith(STEP)
    assert (await strict.post(STEP, await passkey_answer(strict, device, STEP))).status == status
    assert ((await strict.get("/vraagstukken/nieuw")).status == 200) is (status == 303)


async def test_a_new_passkey_is_no_second_step_where_there_is_one_already(strict: Pages) -> None:
    actor = await strict.sign_in(admin=True)
    await give_app(strict, actor)
    await add_passkey(strict, Authenticator())
    assert (await strict.get("/vraagstukken/nieuw")).location.startswith(STEP)


async def test_a_passkey_of_somebody_else_is_none(pages: Pages) -> None:
    mine, theirs = Authenticator(), Authenticator()
    await pages.sign_in("bram")
    await add_passkey(pages, theirs)
    await pages.be(None)
    await pages.sign_in("karin")
    await add_passkey(pages, mine)
    await pages.be(None)
    await by_password(pages)
    page = await pages.post(STEP, await passkey_answer(pages, theirs, STEP))
    assert page.status == 422
    assert not is_signed_in(pages)
    assert (await pages.post(STEP, await passkey_answer(pages, mine, STEP))).status == 303


async def test_an_answer_to_a_challenge_counts_once(pages: Pages) -> None:
    device = Authenticator(counts=False)
    await pages.sign_in()
    await add_passkey(pages, device)
    await pages.be(None)
    await by_password(pages)
    answer = await passkey_answer(pages, device, STEP)
    assert (await pages.post(STEP, answer)).status == 303
    await pages.be(None)
    await by_password(pages)
    hidden = await pages.hidden(STEP)
    page = await pages.post(STEP, hidden | {"credential": answer["credential"]})
    assert page.status == 422
    assert not is_signed_in(pages)


async def test_an_administrator_is_led_to_a_second_factor_first(strict: Pages) -> None:
    await strict.person("karin", admin=True)
    answer = await by_password(strict, terug="/vraagstukken/nieuw")
    assert answer.location == f"{STEP}?terug=/vraagstukken/nieuw"
    answer = await strict.get(answer.location)
    assert answer.location == "/mijn/beveiliging?bericht=tweede-factor"
    assert "Stel eerst een tweede stap in" in (await strict.get(answer.location)).main
    for path in ("/vraagstukken/nieuw", "/beheer/uiterlijk", "/beheer/mensen"):
        assert (await strict.get(path)).location.startswith(STEP), path
    assert "Publiceer" not in (await strict.get("/vraagstukken")).main
    assert (await strict.post("/vraagstukken/nieuw", await strict.hidden("/mijn/profiel"))).status == 303


async def test_an_administrator_with_an_app_gets_there(strict: Pages) -> None:
    actor = await strict.person("karin", admin=True)
    secret = await give_app(strict, actor)
    await by_password(strict, terug="/vraagstukken/nieuw")
    answer = await strict.submit(STEP, STEP, code=code(secret))
    assert answer.location == "/vraagstukken/nieuw"
    assert (await strict.get("/vraagstukken/nieuw")).status == 200


async def test_setting_up_an_app_opens_the_way_in_the_same_browser(strict: Pages) -> None:
    await strict.person("karin", admin=True)
    await by_password(strict)
    old = strict.cookies[SESSION_COOKIE]
    page = await strict.get("/mijn/beveiliging/app")
    assert "<svg" in page.markup
    assert "style=" not in page.markup
    typed = page.markup.partition('<code class="secret">')[2].partition("<")[0]
    secret = base64.b32decode(typed.replace(" ", ""))
    assert (await strict.submit("/mijn/beveiliging/app", "/mijn/beveiliging/app", code="000000")).status == 422
    page = await strict.submit("/mijn/beveiliging/app", "/mijn/beveiliging/app", code=code(secret))
    assert len(recovery_codes(page)) == 10
    assert strict.cookies[SESSION_COOKIE] != old
    assert (await strict.get("/vraagstukken/nieuw")).status == 200
    new = strict.cookies[SESSION_COOKIE]
    strict.cookies[SESSION_COOKIE] = old
    assert "Uitloggen" not in (await strict.get("/")).text
    strict.cookies[SESSION_COOKIE] = new
    assert "two-factor-set" in await acts(strict)
    assert (await strict.get("/mijn/beveiliging/app")).location == "/mijn/beveiliging"


async def test_an_old_session_does_what_takes_a_role_after_the_second_step(strict: Pages) -> None:
    actor = await strict.sign_in(admin=True)
    secret = await give_app(strict, actor)
    answer = await strict.get("/vraagstukken/nieuw")
    assert answer.location == f"{STEP}?terug=/vraagstukken/nieuw"
    old = strict.cookies[SESSION_COOKIE]
    answer = await strict.submit(answer.location, STEP, code=code(secret))
    assert answer.location == "/vraagstukken/nieuw"
    assert strict.cookies[SESSION_COOKIE] != old
    assert (await strict.get("/vraagstukken/nieuw")).status == 200


async def test_somebody_without_a_role_needs_no_second_factor(strict: Pages) -> None:
    actor = await strict.person("karin")
    assert (await by_password(strict)).location == "/"
    assert (await account_of(strict, actor)).last_seen_at is not None
