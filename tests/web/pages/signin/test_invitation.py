"""Coming in by an invitation."""

from typing import Any

import pytest
from sqlalchemy import func, select

from actors.database import now
from actors.kinds import Role
from actors.people.accounts import account_with_email
from actors.people.invitations import create_invitation, revoke_invitation
from actors.people.tables import Account, Invitation
from tests.web.pages.browser import PASSWORD, Page, Pages
from tests.web.pages.signin.acting import STRANGE, account_of, acts, is_signed_in, letters

FATIMA = {"name": "Fatima", "handle": "fatima", "email": "fatima@example.org", "password": PASSWORD}


async def invited(pages: Pages, **more: Any) -> str:
    """Make an invitation of Karin's, and return the path of its link."""
    async with pages.database.writing() as session:
        karin = await account_with_email(session, "karin@example.org")
        by = karin.actor_id if karin is not None else None
        _, secret = await create_invitation(session, **({"by": by, "now": now()} | more))
    return f"/uitnodiging/{secret}"


async def accepted(pages: Pages, path: str, **changed: str) -> Page:
    return await pages.submit(path, path, **(FATIMA | changed))


async def fatima(pages: Pages) -> Account | None:
    async with pages.database.reading() as session:
        return await account_with_email(session, "fatima@example.org")


async def test_an_invitation_says_who_invites_to_what(pages: Pages) -> None:
    await pages.person("karin", admin=True)
    path = await invited(pages, roles=frozenset({Role.MODERATOR}), message="Doe je mee?\nGroet!", email="f@example.org")
    page = await pages.get(path)
    for told in (
        "Karin nodigt je uit om mee te doen bij Gemeente Tilburg.", "moderator", "Doe je mee?", "Groet!",
        "Je mag meedoen onder een naam die je zelf kiest.",
    ):  # fmt: skip
        assert told in page.main
    assert 'value="f@example.org"' in page.markup
    assert "no-store" in page.headers["Cache-Control"]


async def test_accepting_makes_an_account_with_its_roles(strict: Pages) -> None:
    await strict.person("karin", admin=True)
    path = await invited(strict, roles=frozenset({Role.EDITOR}), email="fatima@example.org")
    answer = await accepted(strict, path)
    assert answer.location == "/?bericht=welkom"
    assert is_signed_in(strict)
    made = await fatima(strict)
    assert made is not None
    assert made.roles == {Role.EDITOR}
    assert made.email_confirmed_at is not None, "the link came by mail to this address"
    assert "invitation-accepted" in await acts(strict)
    assert (await strict.get("/vraagstukken/nieuw")).status == 200


async def test_another_address_is_asked_to_confirm_itself(strict: Pages) -> None:
    path = await invited(strict, email="werk@example.org")
    await accepted(strict, path)
    made = await fatima(strict)
    assert made is not None
    assert made.email_confirmed_at is None
    (letter,) = await letters(strict)
    assert (letter.kind, letter.to) == ("confirm_address", "fatima@example.org")
    strict.cookies.clear()
    page = await strict.submit(letter.path, letter.path)
    assert "Je e-mailadres is bevestigd" in page.main
    assert not is_signed_in(strict), "confirming an address signs nobody in"
    made = await fatima(strict)
    assert made is not None
    assert made.email_confirmed_at is not None
    assert (await strict.get(letter.path)).status == 404


async def test_an_invited_administrator_sets_up_a_second_factor_first(strict: Pages) -> None:
    path = await invited(strict, roles=frozenset({Role.ADMINISTRATOR}))
    assert (await accepted(strict, path)).location.startswith("/inloggen/tweede-stap")
    assert (await strict.get("/vraagstukken/nieuw")).location.startswith("/inloggen/tweede-stap")


async def test_with_mail_somebody_may_do_without_a_password(strict: Pages) -> None:
    answer = await accepted(strict, await invited(strict), password="")
    assert answer.location == "/mijn/beveiliging?bericht=zonder-wachtwoord"
    assert "Voeg nu een passkey toe" in (await strict.get(answer.location)).main


async def test_without_mail_a_password_is_needed(pages: Pages) -> None:
    page = await accepted(pages, await invited(pages), password="")
    assert page.status == 422
    assert 'id="error-password"' in page.markup


async def test_a_link_for_one_is_used_up_by_one(pages: Pages) -> None:
    path = await invited(pages)
    assert (await accepted(pages, path)).status == 303
    await pages.be(None)
    for page in (
        await pages.get(path), await pages.post(path, FATIMA | {"handle": "bram", "email": "bram@example.org"}),
    ):  # fmt: skip
        assert page.status == 404
        assert "Deze link werkt niet meer" in page.main
    assert not is_signed_in(pages)


async def test_a_link_for_more_lets_so_many_in(pages: Pages) -> None:
    path = await invited(pages, uses=2)
    for name in ("fatima", "bram"):
        await pages.be(None)
        assert (await accepted(pages, path, handle=name, email=f"{name}@example.org")).status == 303
    await pages.be(None)
    assert (await pages.get(path)).status == 404


async def test_a_refused_form_uses_nothing_up(pages: Pages) -> None:
    await pages.person("karin", admin=True)
    path = await invited(pages)
    assert (await accepted(pages, path, handle="karin")).status == 422
    assert (await accepted(pages, path, email="karin@example.org")).status == 422
    async with pages.database.reading() as session:
        assert await session.scalar(select(Invitation.uses)) == 0
        assert await session.scalar(select(func.count()).select_from(Account)) == 1
    assert (await accepted(pages, path)).status == 303


async def test_a_revoked_or_made_up_link_lets_nobody_in(pages: Pages) -> None:
    async with pages.database.writing() as session:
        invitation, secret = await create_invitation(session, by=None, now=now())
        await revoke_invitation(session, invitation.id, by=None, now=now())
    for path in (f"/uitnodiging/{secret}", "/uitnodiging/x", "/uitnodiging/%00"):
        assert (await pages.get(path)).status == 404
        assert (await pages.post(path, FATIMA)).status == 404
    assert await fatima(pages) is None


async def test_an_invitation_of_somebody_who_lost_the_role_lets_nobody_in(pages: Pages) -> None:
    karin = await pages.person("karin", admin=True)
    path = await invited(pages, roles=frozenset({Role.ADMINISTRATOR}), uses=5)
    assert (await pages.get(path)).status == 200
    async with pages.database.writing() as session:
        (await session.get_one(Account, karin.id)).roles = frozenset({Role.MODERATOR})
    assert (await pages.get(path)).status == 404
    assert (await pages.post(path, FATIMA)).status == 404
    assert await fatima(pages) is None
    await pages.be(karin)
    assert (await pages.submit("/mijn/profiel", path)).status == 404
    assert (await account_of(pages, karin)).roles == {Role.MODERATOR}, "nor does it bring back who made it"


async def test_nobody_takes_more_than_the_invitation_gives(pages: Pages) -> None:
    path = await invited(pages, roles=frozenset({Role.EDITOR}))
    await accepted(pages, path, roles="administrator", role="administrator", state="active", most_uses="99")
    made = await fatima(pages)
    assert made is not None
    assert made.roles == {Role.EDITOR}


async def test_with_an_account_one_signs_in_and_takes_the_roles(pages: Pages) -> None:
    actor = await pages.person("bram")
    path = await invited(pages, roles=frozenset({Role.MODERATOR}))
    assert f"/inloggen?terug={path}" in (await pages.get(path)).markup
    await pages.be(actor)
    page = await pages.get(path)
    assert "Je bent ingelogd als Bram." in page.main
    assert (await pages.submit(path, path)).location == "/?bericht=uitnodiging"
    assert (await account_of(pages, actor)).roles == {Role.MODERATOR}
    assert (await pages.submit("/mijn/profiel", path)).status == 404


@pytest.mark.parametrize(("field", "text"), [("name", ""), ("handle", "a b"), ("email", "x"), ("password", "kort")])
async def test_a_fault_is_told_at_its_field(pages: Pages, field: str, text: str) -> None:
    page = await accepted(pages, await invited(pages), **{field: text})
    assert page.status == 422
    assert f'id="error-{field}"' in page.markup
    for name in {"name", "handle", "email"} - {field}:
        assert f'value="{FATIMA[name]}"' in page.markup


@pytest.mark.parametrize("text", STRANGE)
async def test_what_the_inviter_wrote_is_shown_as_text(pages: Pages, text: str) -> None:
    path = await invited(pages, message=text.replace("\0", ""))
    assert "<script>alert" not in (await pages.get(path)).markup
