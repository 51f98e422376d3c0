"""Guessing passwords: it is slowed down, and nobody can use that to keep somebody out."""

import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.actor import Actor
from actors.database import Database
from actors.people import accounts
from tests.support.authenticator import Authenticator
from tests.support.clock import FalseClock
from tests.web.pages.browser import PASSWORD, Pages
from tests.web.pages.signin.acting import add_passkey, is_signed_in, letters, passkey_answer
from web.limits import SIGN_IN, Limits
from web.pages.signin import form
from web.pages.signin.device import DEVICE_COOKIE
from web.pages.signin.tries import BY_STRANGERS, FROM_ONE_ADDRESS

HOME, OFFICE = "203.0.113.7", "198.51.100.1"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is counted in memory."""
    return sqlite_url


@pytest.fixture
async def pages(database: Database, tilburg: Actor, tmp_path: Path, clock: FalseClock) -> AsyncIterator[Pages]:
    """Pages behind a proxy that tells where people come from."""
    limits = Limits(proxies=[ipaddress.ip_network("127.0.0.0/8")], clock=clock.monotonic)
    pages = Pages(database, tmp_path / "documents", can_mail=True, limits=limits)
    await pages.client.start_server()
    yield pages
    await pages.client.close()


async def tried(pages: Pages, password: str, name: str = "karin", address: str = HOME) -> int:
    """Fill in the form, from an address."""
    hidden = await pages.hidden("/inloggen")
    answer = await pages.post("/inloggen", hidden | {"name": name, "password": password}, X_Forwarded_For=address)
    return answer.status


async def told(pages: Pages, password: str, name: str) -> tuple[int, str]:
    """Fill in the form at the office, and return what the page says."""
    hidden = await pages.hidden("/inloggen")
    fields = hidden | {"name": name, "password": password}
    page = await pages.post("/inloggen", fields, X_Forwarded_For=OFFICE)
    return page.status, page.main


async def guessed(pages: Pages, times: int, address: str = OFFICE, name: str = "karin") -> list[int]:
    """Guess so many times in a browser that nobody signed in with; return what was answered."""
    mine, pages.cookies = pages.cookies, {}
    found = [await tried(pages, "verkeerd-wachtwoord", name, address) for _ in range(times)]
    pages.cookies = mine
    return found


async def test_guessing_from_one_place_ends_soon(pages: Pages, clock: FalseClock) -> None:
    await pages.person("karin")
    assert await guessed(pages, SIGN_IN.times + 2) == [422] * SIGN_IN.times + [429] * 2
    assert await tried(pages, PASSWORD, address=OFFICE) == 429
    clock.advance(SIGN_IN.seconds)
    assert await tried(pages, PASSWORD, address=OFFICE) == 303


async def test_handle_and_address_share_the_tries_of_their_account_which_nobody_is_told(pages: Pages) -> None:
    await pages.person("karin")
    handles, addresses = ["karin", "@Karin", " KARIN "], ["karin@example.org", "KARIN@example.org"]
    for name in [*handles, *addresses] * 2:
        assert await guessed(pages, 1, name=name) == [422]
    pages.cookies = {}
    for name in [*handles, *addresses]:
        wrong = await told(pages, "verkeerd-wachtwoord", name)
        assert await told(pages, PASSWORD, name) == wrong
        assert wrong[0] == (422 if name in handles[:2] + addresses else 429)


async def test_used_up_tries_tell_neither_that_there_is_an_account_nor_which_names_are_one(pages: Pages) -> None:
    await pages.person("karin")
    for number, name in enumerate(["karin", "niemand"]):
        for typed in (name, f"{name}@example.org"):
            answers = await guessed(pages, SIGN_IN.times + 1, name=typed, address=f"192.0.2.{number}")
            assert answers == [422] * SIGN_IN.times + [429], typed


async def test_a_name_of_digits_uses_up_no_account_with_that_number(pages: Pages) -> None:
    actor = await pages.person("karin")
    await guessed(pages, SIGN_IN.times + 1, name=str(actor.id))
    assert await tried(pages, PASSWORD, address=OFFICE) == 303


async def test_who_is_held_back_silently_waits_as_long_as_who_types_a_wrong_password(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pages.person("karin")
    await guessed(pages, SIGN_IN.times, name="karin@example.org")
    hashed: list[str | None] = []

    def matches(password: str, password_hash: str | None) -> bool:
        hashed.append(password_hash)
        return accounts.matches(password, password_hash)

    monkeypatch.setattr(form, "matches", matches)
    pages.cookies = {}
    assert await tried(pages, PASSWORD, "karin", OFFICE) == 422
    assert len(hashed) == 1
    assert not is_signed_in(pages)


async def test_who_guesses_from_elsewhere_keeps_nobody_out(pages: Pages) -> None:
    await pages.person("karin")
    await guessed(pages, SIGN_IN.times + 1)
    assert await tried(pages, PASSWORD, address=HOME) == 303


async def test_a_known_browser_keeps_its_own_tries_even_at_the_address_of_who_guesses(pages: Pages) -> None:
    await pages.person("karin")
    assert await tried(pages, PASSWORD, address=OFFICE) == 303
    await pages.be(None)
    for name in ("karin", "bram", "zoe", "ali"):
        await guessed(pages, SIGN_IN.times, name=name)
    assert await guessed(pages, 1, name="nog-iemand") == [429], "the address has no tries left"
    assert await tried(pages, PASSWORD, address=OFFICE) == 303


async def test_guessing_from_many_places_slows_down_new_browsers_alone(pages: Pages, clock: FalseClock) -> None:
    await pages.person("karin")
    assert await tried(pages, PASSWORD) == 303
    await pages.be(None)
    known = dict(pages.cookies)
    for number in range(BY_STRANGERS.times // SIGN_IN.times):
        assert set(await guessed(pages, SIGN_IN.times, f"192.0.2.{number}")) == {422}
    assert await guessed(pages, 2, "192.0.2.200") == [422, 429]
    pages.cookies = known
    assert [await tried(pages, "verkeerd-wachtwoord") for _ in range(3)] == [422] * 3
    assert await tried(pages, PASSWORD) == 303
    pages.cookies = {}
    assert await tried(pages, PASSWORD, address="192.0.2.201") == 303, "a new browser has one try, which may be right"


async def test_links_and_passkeys_are_never_held_back(pages: Pages) -> None:
    device = Authenticator()
    await pages.sign_in()
    await add_passkey(pages, device)
    pages.cookies = {}
    for number in range(BY_STRANGERS.times // SIGN_IN.times + 1):
        await guessed(pages, SIGN_IN.times + 1, f"192.0.2.{number}")
    await pages.submit("/inloggen/link", "/inloggen/link", email="karin@example.org")
    path = (await letters(pages))[-1].path
    assert (await pages.submit(path, path)).location == "/inloggen/tweede-stap"
    pages.cookies = {}
    await pages.post("/inloggen/passkey", await passkey_answer(pages, device, "/inloggen/passkey"))
    assert is_signed_in(pages)


async def test_many_accounts_from_one_address_are_one_guesser(pages: Pages) -> None:
    found = [(await guessed(pages, 1, name=f"iemand-{number}"))[0] for number in range(FROM_ONE_ADDRESS.times + 1)]
    assert found == [422] * FROM_ONE_ADDRESS.times + [429]


async def test_signing_in_well_costs_no_tries(pages: Pages) -> None:
    for number in range(FROM_ONE_ADDRESS.times + 5):
        await pages.person(f"p{number}")
        pages.cookies = {}
        assert await tried(pages, PASSWORD, f"p{number}", OFFICE) == 303


async def test_a_made_up_mark_makes_no_browser_known(pages: Pages) -> None:
    await pages.person("karin")
    await pages.person("bram")
    assert await tried(pages, PASSWORD, "bram", OFFICE) == 303
    bram = pages.cookies[DEVICE_COOKIE]
    await guessed(pages, SIGN_IN.times)
    for cookie in (bram, bram.partition(".")[0], f"{'x' * 22}.{'a' * 40}", "", ".", "x" * 3_000, "é"):
        pages.cookies = {DEVICE_COOKIE: cookie}
        assert await tried(pages, PASSWORD, "karin", OFFICE) == 429


async def test_an_account_that_is_not_there_is_slowed_down_alike(pages: Pages) -> None:
    assert await guessed(pages, SIGN_IN.times + 1, name="niemand") == [422] * SIGN_IN.times + [429]
