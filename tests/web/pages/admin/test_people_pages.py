"""People and their roles on the pages: found, decided about with a reason, and every act in the log."""

import asyncio

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.kinds import Role
from actors.people.accounts import add_account
from actors.people.kinds import AccountState
from actors.people.tables import Account, Session
from tests.actors.cast import here
from tests.support.queries import counted
from tests.web.pages.admin.cast import give, sign_in_as
from tests.web.pages.browser import Pages

LIST = "/beheer/mensen"


async def acts(pages: Pages) -> list[tuple[str, str]]:
    """Return what stands in the log: act and reason."""
    async with pages.database.reading() as session:
        return [
            (entry.act, entry.reason) for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]


async def account_of(pages: Pages, actor: Actor) -> Account | None:
    async with pages.database.reading() as session:
        return await session.get(Account, actor.id)


async def waiting(pages: Pages, handle: str) -> Actor:
    """Add somebody who waits for an answer."""
    async with pages.database.writing() as session:
        actor = await here(session, handle)
        actor.suspended_at = now()
        await add_account(session, actor, email=f"{handle}@example.org", password_hash=None, now=now(),
                          state=AccountState.WAITING, reason="Ik woon hier <b>ook</b>.")  # fmt: skip
    return actor


async def test_people_are_found_by_name_handle_role_state_and_whole_address(pages: Pages) -> None:
    await pages.person("bram")
    ada = await pages.person("ada")
    await give(pages, ada, Role.EDITOR)
    await waiting(pages, "noor")
    await sign_in_as(pages, Role.ADMINISTRATOR)
    for query, found in {
        "": {"Bram", "Ada", "Noor"}, "zoek=BRA": {"Bram"}, "zoek=@ada": {"Ada"}, "rol=editor": {"Ada"},
        "rol=member": {"Bram", "Noor"}, "stand=waiting": {"Noor"}, "zoek=bram@EXAMPLE.org": {"Bram"},
        "zoek=bram@example": set(), "zoek=%25": set(), "zoek=%00": set(), "zoek=%ED%A0%80": set(), "before=1": set(),
    }.items():  # fmt: skip
        page = await pages.get(f"{LIST}?{query}")
        assert page.status == 200, query
        assert {name for name in ("Bram", "Ada", "Noor") if f">{name}</a>" in page.markup} == found, query
        assert "example.org</" not in page.markup


async def test_that_an_address_was_read_or_looked_up_stands_in_the_log(pages: Pages) -> None:
    bram = await pages.person("bram")
    await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await pages.get(f"{LIST}/{bram.id}")
    assert "bram@example.org" not in page.markup
    assert await acts(pages) == []
    shown = await pages.submit(f"{LIST}/{bram.id}", f"{LIST}/{bram.id}/adres")
    assert "bram@example.org" in shown.main
    await pages.get(f"{LIST}?zoek=bram@example.org")
    await pages.get(f"{LIST}?zoek=niemand@example.org")
    assert [act for act, _ in await acts(pages)] == ["email-read", "email-read"]


async def test_roles_count_at_once_and_end_no_session(pages: Pages) -> None:
    bram = await pages.person("bram")
    await pages.be(bram)
    cookies = dict(pages.cookies)
    assert (await pages.get("/beheer")).status == 403
    await sign_in_as(pages, Role.ADMINISTRATOR)
    path = f"{LIST}/{bram.id}"
    page = await pages.submit(path, f"{path}/rollen", roles=["moderator", "editor"], reason="Werkt hier.")
    assert page.location == f"{path}?bericht=rollen"
    assert "De rollen zijn veranderd." in (await pages.get(page.location)).main
    pages.cookies = dict(cookies)
    assert (await pages.get("/beheer/meldingen")).status == 200
    assert "heeft veranderd wat je hier mag doen" in (await pages.get("/meldingen")).main
    await sign_in_as(pages, Role.ADMINISTRATOR)
    await pages.submit(path, f"{path}/rollen", reason="Weg.")
    assert (await pages.get(path)).main.count("nam een rol af") == 2
    pages.cookies = dict(cookies)
    assert (await pages.get("/beheer")).status == 403


async def test_a_decision_without_a_reason_is_refused_and_keeps_the_page(pages: Pages) -> None:
    bram = await pages.person("bram")
    await sign_in_as(pages, Role.ADMINISTRATOR)
    path = f"{LIST}/{bram.id}"
    for action, field in (("rollen", "reason"), ("account", "close_reason"), ("tweede-stap", "factors_reason")):
        for reason in ("", "x" * 1_001, "a\u202eb", "a\x00b"):
            page = await pages.submit(path, f"{path}/{action}", answer="close", **{field: reason})
            assert page.status == 422, (action, reason)
            assert f'id="error-{field}"' in page.markup or field == "factors_reason"
    assert await acts(pages) == []


async def test_the_last_administrator_can_neither_give_up_the_role_nor_be_closed(pages: Pages) -> None:
    me = await sign_in_as(pages, Role.ADMINISTRATOR)
    path = f"{LIST}/{me.id}"
    page = await pages.submit(path, f"{path}/rollen", reason="Genoeg.")
    assert page.status == 422
    assert "laatste beheerder" in page.main
    page = await pages.submit(path, f"{path}/account", answer="close", close_reason="Genoeg.")
    assert page.status == 422
    account = await account_of(pages, me)
    assert account is not None and account.administers and account.state is AccountState.ACTIVE


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.EDITOR])
async def test_nobody_gives_themselves_a_role(pages: Pages, role: Role) -> None:
    me = await sign_in_as(pages, role)
    token = (await pages.hidden("/mijn/profiel"))["csrf"]
    form = {"csrf": token, "roles": "administrator", "reason": "x"}
    assert (await pages.post(f"{LIST}/{me.id}/rollen", form)).status == 403
    account = await account_of(pages, me)
    assert account is not None and account.roles == {role}


async def test_unknown_roles_and_people_change_nothing(pages: Pages) -> None:
    bram = await pages.person("bram")
    await sign_in_as(pages, Role.ADMINISTRATOR)
    path = f"{LIST}/{bram.id}"
    await pages.submit(path, f"{path}/rollen", roles=["owner", "Administrator", "editor administrator"], reason="x")
    account = await account_of(pages, bram)
    assert account is not None and account.roles == frozenset()
    for wrong in ("0", "1", "99999999999999999999", "x", "-1"):
        assert (await pages.get(f"{LIST}/{wrong}")).status == 404
        assert (await pages.submit(LIST, f"{LIST}/{wrong}/rollen", reason="x")).status == 404


async def test_somebody_who_waits_is_let_in_or_turned_down_with_a_reason(pages: Pages) -> None:
    noor, ali = await waiting(pages, "noor"), await waiting(pages, "ali")
    await sign_in_as(pages, Role.ADMINISTRATOR)
    assert "Ik woon hier &lt;b&gt;ook&lt;/b&gt;." in (await pages.get(f"{LIST}/{noor.id}")).markup
    answer = f"{LIST}/{noor.id}/antwoord"
    assert (await pages.submit(f"{LIST}/{noor.id}", answer, answer="accept")).status == 303
    again = await pages.submit(f"{LIST}/{noor.id}", answer, answer="decline", decline_reason="Toch niet.")
    assert again.status == 422
    account = await account_of(pages, noor)
    assert account is not None and account.state is AccountState.ACTIVE
    path = f"{LIST}/{ali.id}"
    assert (await pages.submit(path, f"{path}/antwoord", answer="decline", decline_reason="")).status == 422
    page = await pages.submit(path, f"{path}/antwoord", answer="decline", decline_reason="Geen plek.")
    assert page.location == f"{LIST}?bericht=afgewezen"
    assert await account_of(pages, ali) is None
    assert await acts(pages) == [("registration-approved", ""), ("registration-declined", "Geen plek.")]


async def test_an_account_is_closed_and_opened_again(pages: Pages) -> None:
    bram = await pages.person("bram")
    await pages.be(bram)
    await sign_in_as(pages, Role.ADMINISTRATOR)
    path = f"{LIST}/{bram.id}"
    await pages.submit(path, f"{path}/account", answer="close", close_reason="Spam.")
    async with pages.database.reading() as session:
        assert (await session.scalars(select(Session).where(Session.actor_id == bram.id))).all() == []
    assert "gesloten" in (await pages.get(path)).main
    await pages.submit(path, f"{path}/account", answer="open")
    await pages.submit(path, f"{path}/uitloggen", sessions_reason="")
    await pages.submit(path, f"{path}/tweede-stap", factors_reason="Gebeld.")
    assert await acts(pages) == [
        ("account-disabled", "Spam."), ("account-enabled", ""), ("sessions-ended", ""), ("factors-removed", "Gebeld."),
    ]  # fmt: skip


async def test_a_double_click_decides_once(pages: Pages) -> None:
    bram = await pages.person("bram")
    await sign_in_as(pages, Role.ADMINISTRATOR)
    path = f"{LIST}/{bram.id}"
    form = {**await pages.hidden(path), "roles": "editor", "reason": "Nodig."}
    done = await asyncio.gather(pages.post(f"{path}/rollen", form), pages.post(f"{path}/rollen", form))
    assert {page.status for page in done} == {303}
    assert [act for act, _ in await acts(pages)] == ["role-granted"]


async def test_the_pages_ask_as_many_questions_however_many_people_there_are(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    counts: dict[str, list[int]] = {LIST: [], "/beheer": []}
    for total in (1, 10, 100):
        async with pages.database.writing() as session:
            for number in range(total):
                actor = await here(session, f"p{total}-{number}")
                await add_account(session, actor, email=f"{actor.handle}@x.example", password_hash=None, now=now())
        for path, found in counts.items():
            await pages.get(path)
            with counted(pages.database) as statements:
                assert (await pages.get(path)).status == 200
            found.append(len(statements))
    assert all(len(set(found)) == 1 for found in counts.values()), counts
    assert 'rel="next"' in (await pages.get(LIST)).markup
