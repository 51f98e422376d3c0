"""Who may open which page of the administration, and do what there: every page against every role."""

import pytest

from actors.kinds import Role
from tests.web.pages.admin.cast import ALL, MEMBER, sign_in_as
from tests.web.pages.browser import Pages
from web.routes import routes

_ADMIN = frozenset({Role.ADMINISTRATOR})
_MODERATOR = _ADMIN | {Role.MODERATOR}
_ANY = frozenset(Role)
_OTHERS: dict[str, frozenset[Role]] = {
    "/beheer": _ANY,
    "/beheer/meldingen": _MODERATOR,
    "/beheer/servers": _MODERATOR,
}
"""What others than administrators may do; all else below ``/beheer`` is for administrators."""


def _who_may(path: str) -> frozenset[Role]:
    fitting = [start for start in _OTHERS if path == start or (start != "/beheer" and path.startswith(f"{start}/"))]
    return _OTHERS[max(fitting, key=len)] if fitting else _ADMIN


_ALL = [(route.method, route.path) for route in routes() if route.path.startswith("/beheer")]
_FILLED = {"{id}": "1", "{text}": "rules", "{language}": "nl", "{host}": "utrecht.example"}


def _address(path: str) -> str:
    for hole, value in _FILLED.items():
        path = path.replace(hole, value)
    assert "{" not in path, path
    return path


@pytest.mark.parametrize("role", ALL)
async def test_each_page_is_for_those_whose_role_it_takes_and_nobody_else(pages: Pages, role: str) -> None:
    await sign_in_as(pages, role)
    token = (await pages.hidden("/mijn/profiel"))["csrf"]
    for method, path in _ALL:
        if method == "GET":
            status = (await pages.get(_address(path))).status
        else:
            status = (await pages.post(_address(path), {"csrf": token})).status
        assert status < 500, (method, path)
        may = role != MEMBER and Role(role) in _who_may(path)
        assert (status != 403) is may, (method, path, status)


async def test_who_is_not_signed_in_is_sent_to_sign_in_and_nothing_is_shown(pages: Pages) -> None:
    for method, path in _ALL:
        if method == "GET":
            page = await pages.get(_address(path))
            assert page.status == 303, path
            assert page.location.startswith("/inloggen?terug=/beheer"), path


async def test_the_menu_shows_only_what_somebody_may_open(pages: Pages) -> None:
    for role in Role:
        await sign_in_as(pages, role)
        menu = (await pages.get("/beheer")).markup
        for path in {path for method, path in _ALL if method == "GET" and "{" not in path}:
            if f'<a href="{path}"' in menu:
                assert role in _who_may(path), (role, path)
