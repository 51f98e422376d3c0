"""Whoever hangs up in the middle of a request is no trouble of ours, and nothing is said of the database."""

import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tests.actors.cast import SITE as OURS
from web.keys import SITE
from web.middleware import make_guard
from web.pages.errors import render_error
from web.pages.returned import give_back


class Line:
    """A connection, which is open or was closed by who asked."""

    def __init__(self, *, is_closed: bool) -> None:
        self.is_closed = is_closed

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, _name: str, default: object = None) -> object:
        return default


async def answer(line: Line, error: Exception, caplog: pytest.LogCaptureFixture) -> tuple[int, list[str], str]:
    caplog.set_level(logging.DEBUG)
    app = web.Application()
    app[SITE] = OURS
    request = make_mocked_request("POST", "/inbox", transport=line, app=app)

    async def fail(_request: web.Request) -> web.StreamResponse:
        raise error

    response = await make_guard(render_error, give_back)(request, fail)
    return response.status, [record.levelname for record in caplog.records], caplog.text


async def test_a_request_that_breaks_off_is_told_in_the_right_words_and_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    status, levels, told = await answer(Line(is_closed=True), ConnectionResetError("Connection lost"), caplog)
    assert (status, levels) == (400, ["INFO"])
    assert "hung up" in told and "database" not in told


async def test_a_database_that_breaks_off_is_an_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    status, levels, told = await answer(Line(is_closed=False), ConnectionRefusedError("no database"), caplog)
    assert (status, levels) == (503, ["ERROR"])
    assert "the database is away" in told
