"""What browsers are told with every answer, and the small addresses that they look for."""

from datetime import datetime, timedelta

import pytest

from actors.database import Database, now
from actors.instances.choices import write_choice
from tests.web.server import Instance
from web.headers import content_policy

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
PAGES = ["/", "/over", "/kennis", "/inloggen", "/nergens"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is the same on each."""
    return sqlite_url


async def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(instance: Instance) -> None:
    for path in PAGES:
        answer = await instance.get(path, Accept=HTML)
        policy = dict(
            part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ") if " " in part
        )
        assert (
            policy["default-src"] == policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        )
        assert {policy[name] for name in ("script-src", "style-src", "connect-src", "font-src", "form-action")} == {
            "'self'"
        }
        assert policy["img-src"] == "'self' data:"
        assert policy["require-trusted-types-for"] == "'script'"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert b" style=" not in answer.body
        assert b"<style" not in answer.body
        assert b" onclick" not in answer.body
        assert b"<script>" not in answer.body


def test_only_over_https_are_requests_raised_to_it() -> None:
    assert "upgrade-insecure-requests" in content_policy(is_https=True)
    assert "upgrade-insecure-requests" not in content_policy(is_https=False)


async def test_no_page_may_use_what_a_device_knows(instance: Instance) -> None:
    given = (await instance.get("/", Accept=HTML)).headers["Permissions-Policy"]
    allowed = dict(part.split("=", 1) for part in given.split(", "))
    for feature in ("camera", "microphone", "geolocation", "usb", "payment", "browsing-topics", "display-capture"):
        assert allowed[feature] == "()"
    ours = {name for name, to in allowed.items() if to != "()"}
    assert ours == {"clipboard-write", "publickey-credentials-create", "publickey-credentials-get"}


async def test_pages_are_for_people_here_and_documents_for_everyone(instance: Instance) -> None:
    page = await instance.get("/organisaties/tilburg", Accept=HTML)
    document = await instance.get("/organisaties/tilburg")
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert document.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_a_page_that_everyone_shares_has_no_cookie_and_one_with_a_form_has(
    instance: Instance,
) -> None:
    for path in ("/", "/over", "/kennis", "/vraagstukken", "/netwerk", "/organisaties/tilburg"):
        shared = await instance.get(path, Accept=HTML)
        assert "Set-Cookie" not in shared.headers, path
        assert "ETag" in shared.headers, path
    form = await instance.get("/inloggen", Accept=HTML)
    assert "samenspraak_form=" in form.headers["Set-Cookie"]
    assert "ETag" not in form.headers
    assert "no-store" in form.headers["Cache-Control"]


async def test_who_finds_a_weakness_reads_where_to_tell_it(instance: Instance, database: Database) -> None:
    answer = await instance.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in answer.body.decode().splitlines())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "https://tilburg.example/organisaties/tilburg"
    assert fields["Canonical"] == "https://tilburg.example/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "nl, en"
    assert fields["Policy"].endswith("SECURITY.md")
    assert timedelta(days=30) < datetime.fromisoformat(fields["Expires"]) - now() < timedelta(days=365)


async def test_an_administrator_chooses_who_is_told_of_a_weakness(instance: Instance, database: Database) -> None:
    async with database.writing() as session:
        await write_choice(session, "contact", {"email": "veilig@tilburg.example"}, by=None, now=now())
    assert b"Contact: mailto:veilig@tilburg.example\n" in (await instance.get("/.well-known/security.txt")).body


async def test_small_addresses_lead_where_they_should(instance: Instance) -> None:
    change = await instance.get("/.well-known/change-password", Accept=HTML)
    assert (change.status, change.headers["Location"]) == (303, "/mijn/beveiliging")
    robots = (await instance.get("/robots.txt")).body.decode()
    for path in ("/beheer", "/mijn", "/inloggen"):
        assert f"Disallow: {path}\n" in robots
    assert "Disallow: /vraagstukken\n" not in robots
    icon = await instance.get("/favicon.ico")
    assert (await instance.get(icon.headers["Location"])).status == 200


@pytest.mark.parametrize(("language", "told"), [("nl", "Wat je nu kunt doen"), ("en", "What you can do now")])
async def test_an_error_says_what_to_do_next(instance: Instance, language: str, told: str) -> None:
    page = (await instance.get("/nergens", Accept=HTML, **{"Accept-Language": language})).body.decode()
    assert told in page
    assert 'href="/inloggen?terug=/nergens"' in page
