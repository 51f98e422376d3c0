"""Tokens of programs: each does what its scopes say, and what belongs to an account is for browsers."""

import pytest
from sqlalchemy import update

from actors.database import now
from actors.kinds import Role
from actors.people.invitations import create_invitation
from actors.people.tables import Account
from federation.audience import Visibility
from tests.actors.cast import said
from tests.web.pages.browser import Page, Pages
from tests.web.pages.signin.acting import account_of, give_token
from web.routes import routes

MINE = sorted({(route.method, route.path) for route in routes() if route.path.startswith("/mijn")})
EVERYTHING = ("read", "write", "follow", "push", "profile")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is who asks."""
    return sqlite_url


async def ask(pages: Pages, method: str, path: str, token: str) -> Page:
    """Ask as a program does: with a token and no cookies."""
    pages.cookies = {}
    if method == "GET":
        return await pages.get(path, Authorization=f"Bearer {token}")
    return await pages.post(path, {"csrf": "-", "language": "en"}, Authorization=f"Bearer {token}")


@pytest.mark.parametrize("scopes", [EVERYTHING, ("write",)])
async def test_my_account_is_for_browsers(pages: Pages, scopes: tuple[str, ...]) -> None:
    token = await give_token(pages, await pages.person("karin"), *scopes)
    assert len(MINE) > 20
    for method, path in [*MINE, ("GET", "/inloggen/opnieuw"), ("POST", "/inloggen/opnieuw")]:
        asked = path.replace("{id}", "1").replace("{provider}", "x")
        assert (await ask(pages, method, asked, token)).status == 403, (method, path)


@pytest.mark.parametrize(
    ("scope", "sees"), [("read", True), ("read:statuses", True), ("write", False), ("readable:x", None)]
)
async def test_a_token_that_may_not_read_is_shown_what_anyone_is(pages: Pages, scope: str, sees: bool | None) -> None:
    karin = await pages.person("karin")
    if sees is None:
        with pytest.raises(ValueError, match="unknown scope"):
            await give_token(pages, karin, scope)
        return
    async with pages.database.writing() as session:
        post = await said(session, karin, visibility=Visibility.DIRECT)
    token = await give_token(pages, karin, scope)
    page = await ask(pages, "GET", f"/inbreng/{post.id}", token)
    assert page.status == (200 if sees else 404)
    assert ("Karin" in (await ask(pages, "GET", "/", token)).text) is sees
    for path in ("/meldingen", "/meldingen/stroom", "/melden"):
        assert sees or (await ask(pages, "GET", path, token)).status == 403, path


async def test_a_program_takes_no_roles_by_an_invitation(pages: Pages) -> None:
    karin = await pages.person("karin")
    token = await give_token(pages, karin, *EVERYTHING)
    async with pages.database.writing() as session:
        roles = frozenset({Role.ADMINISTRATOR})
        invitation, secret = await create_invitation(session, roles=roles, by=None, now=now())
    assert (await ask(pages, "POST", f"/uitnodiging/{secret}", token)).status == 403
    assert (await account_of(pages, karin)).roles == frozenset()
    assert invitation.uses == 0


async def test_a_program_changes_the_language_of_no_account(pages: Pages) -> None:
    karin = await pages.person("karin")
    async with pages.database.writing() as session:
        await session.execute(update(Account).values(language="nl"))
    await ask(pages, "POST", "/taal", await give_token(pages, karin, *EVERYTHING))
    assert (await account_of(pages, karin)).language == "nl"
