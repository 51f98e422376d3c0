"""What stands around every request: headers, cross-site guards, methods, files, and hostile input of every kind."""

import asyncio
import io
import itertools
import logging
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.actor import Actor
from actors.database import Database
from actors.group_commit import Overloaded
from actors.ids import new_id
from actors.kinds import PostKind
from actors.media.tables import Attachment
from federation.audience import Visibility
from tests.actors.cast import here, said
from tests.federation.servers import Peer, running
from tests.web.server import Instance, known_peer, serving
from web.bodies import ByteBudget

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
ACTIVITY = "application/activity+json"
PATHS = [
    "/", "/over", "/netwerk", "/vraagstukken", "/kennis", "/inloggen", "/organisaties/tilburg", "/actor",
    "/organisaties/tilburg/outbox", "/organisaties/tilburg/followers", "/.well-known/webfinger",
    "/.well-known/nodeinfo", "/.well-known/host-meta", "/nodeinfo/2.1", "/nergens", "/personen/niemand", "/inbreng/1",
    "/activities/1",
    "/documenten/x/y.pdf", "/static/x.css", "/inbox",
]  # fmt: skip


@pytest.mark.parametrize("accept", [HTML, ACTIVITY])
async def test_every_answer_has_the_headers_that_protect_people(instance: Instance, accept: str) -> None:
    for path in PATHS:
        answer = await instance.get(path, Accept=accept)
        assert answer.status < 500, path
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe-inline" not in headers["Content-Security-Policy"], path
        assert "unsafe-eval" not in headers["Content-Security-Policy"], path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["Strict-Transport-Security"].startswith("max-age="), path
        assert headers["Cache-Control"], path
        assert headers["Vary"], path


async def test_an_error_tells_people_what_it_is_and_nobody_how_it_came_about(instance: Instance) -> None:
    page = await instance.get("/nergens", Accept=HTML)
    document = await instance.get("/nergens")
    assert page.headers["Content-Type"].startswith("text/html")
    assert document.headers["Content-Type"].startswith("application/json")
    for answer in (page, document):
        assert answer.status == 404
        assert b"Traceback" not in answer.body
        assert "no-store" in answer.headers["Cache-Control"]


async def test_what_is_posted_from_another_site_is_refused(instance: Instance, database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
    cookie = await instance.sign_in(fatima)
    forms = ["/taal", "/uitloggen", "/inloggen", "/vraagstukken/nieuw", "/kennis/nieuw", "/volgen"]
    for path in forms:
        for origin in (
            {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
            {"Origin": "null"}, {"Origin": "http://tilburg.example"}, {"Origin": "https://tilburg.example.evil.example"},
            {"Origin": "https://tilburg.example", "Sec-Fetch-Site": "cross-site"},
        ):  # fmt: skip
            for cookies in ({}, {"Cookie": cookie}):
                answer = await instance.ask("POST", path, data={"language": "en"}, Accept=HTML, **origin, **cookies)
                assert answer.status == 403, (path, origin)


async def test_who_is_signed_in_must_carry_the_token_of_the_session(instance: Instance, database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
    cookie = await instance.sign_in(fatima)
    own = {"Origin": "https://tilburg.example", "Cookie": cookie, "Accept": HTML}
    for data in ({"language": "en"}, {"language": "en", "csrf": "x"}, {"language": "en", "csrf": "é" * 40}):
        assert (await instance.ask("POST", "/taal", data=data, **own)).status == 403
    anyone = await instance.ask("POST", "/taal", data={"language": "en"}, Origin="https://tilburg.example")
    assert anyone.status == 303


@pytest.mark.parametrize("path", ["/", "/organisaties/tilburg", "/actor", "/kennis", "/.well-known/nodeinfo"])
@pytest.mark.parametrize("accept", [HTML, ACTIVITY])
async def test_head_tells_what_get_would_without_saying_it(instance: Instance, path: str, accept: str) -> None:
    whole, head = [await instance.ask(method, path, Accept=accept) for method in ("GET", "HEAD")]
    assert head.status == whole.status == 200
    assert head.body == b""
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/over", "GET"), ("DELETE", "/organisaties/tilburg", "GET"), ("PUT", "/", "GET"),
        ("GET", "/inbox", "POST"), ("GET", "/organisaties/tilburg/inbox", "POST"), ("PATCH", "/inloggen", "POST"),
        ("TRACE", "/over", "GET"),
    ],
)  # fmt: skip
async def test_a_method_that_is_not_there_is_told_which_are(
    instance: Instance, method: str, path: str, allowed: str
) -> None:
    answer = await instance.ask(method, path, Accept=ACTIVITY)
    assert answer.status == 405
    assert allowed in answer.headers["Allow"].split(",")


async def stored_guide(instance: Instance, author: Actor, content: bytes, name: str, **more) -> str:
    """Store a document with a post, and return its path."""
    stored = await instance.documents.put(content, name)
    visibility = more.pop("visibility", Visibility.PUBLIC)
    async with instance.database.writing() as session:
        post = await said(session, author, visibility, kind=PostKind.KNOWLEDGE, **more)
        session.add(
            Attachment(
                id=new_id(), post_id=post.id, position=0, url="x", media_type=stored.media_type,
                file_name=stored.file_name, digest=stored.digest, size=stored.size,
            )
        )  # fmt: skip
    return f"/documenten/{stored.digest}/{quote(stored.file_name)}"


@pytest.mark.parametrize(
    ("content", "name", "shown"),
    [
        (b"%PDF-1.7 <script>alert(1)</script>", "gids.pdf", "inline"),
        (b"<script>alert(1)</script>", "tekst.txt", "inline"),
        (b"<script>alert(1)</script>", "tekst.md", "attachment"),
        (b'{"type": "Note", "id": "https://tilburg.example/x"}', "lijst.csv", "attachment"),
        (b"PK\x03\x04", "blad.docx", "attachment"),
    ],
)
async def test_a_document_is_served_as_what_it_is_and_runs_nothing(
    instance: Instance, organisation: Actor, content: bytes, name: str, shown: str
) -> None:
    path = await stored_guide(instance, organisation, content, name)
    for accept in (HTML, ACTIVITY, "*/*"):
        answer = await instance.ask("GET", path, Accept=accept)
        assert (answer.status, answer.body) == (200, content)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["Content-Disposition"].startswith(shown)
        assert name in answer.headers["Content-Disposition"]
        media_type = answer.headers["Content-Type"].split(";")[0]
        assert media_type not in {"text/html", "image/svg+xml", "application/json", ACTIVITY, "application/ld+json"}
    head = await instance.ask("HEAD", path)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(content)))
    part = await instance.ask("GET", path, Range="bytes=0-3")
    assert (part.status, part.body) == (206, content[:4])
    assert part.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_document_of_a_post_that_is_not_public_is_not_there_for_others(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    named = await known_peer(database, "bram")
    path = await stored_guide(
        instance, organisation, b"%PDF-geheim", "gids.pdf", visibility=Visibility.DIRECT, names=[named]
    )
    assert (await instance.get(path)).status == 404
    assert (await instance.get_signed(path, (await known_peer(database, "mallory")).uri)).status == 404
    assert (await instance.get_signed(path, named.uri)).body == b"%PDF-geheim"
    assert (await instance.get(path)).status == 404


async def test_a_file_name_of_any_script_is_served(instance: Instance, organisation: Actor) -> None:
    path = await stored_guide(instance, organisation, b"%PDF-1", "één-حوار.pdf")
    answer = await instance.ask("GET", path)
    assert answer.status == 200
    assert "\n" not in answer.headers["Content-Disposition"]


HOSTILE = [
    "9" * 18, "9" * 19, "9" * 30, "9" * 5_000, "-1", "0", "1e9", "1.0", "%00", "a%00b", "%2f..%2f..%2fetc%2fpasswd",
    "..%2f", "%2e%2e", "%ff", "%c0%af", "%ed%a0%80", "%E2%80%AE", "%0d%0aX-Kop:%201", "%25", "%", "%zz",
    "'%20OR%201=1--", "<script>", "²", "%C2%B2", "%D9%A1", "x" * 4_000, "~", "*", "a;b", "@", "@@", "%40a%40b", "١",
]  # fmt: skip


@pytest.mark.parametrize("accept", [HTML, ACTIVITY])
async def test_no_path_is_too_hostile(instance: Instance, accept: str) -> None:
    templates = [
        "/{}", "/@{}", "/personen/{}", "/vraagstukken/{}", "/organisaties/{}/outbox", "/vraagstukken/{}/context",
        "/inbreng/{}", "/inbreng/{}/replies", "/kennis/{}", "/activities/{}", "/actoren/{}", "/vraagstukken/elders/{}",
        "/documenten/{}/x.pdf", "/documenten/{}/{}", "/static/{}", "/nodeinfo/{}",
        "/organisaties/tilburg/outbox?page=1&after={}", "/vraagstukken?theme={}", "/kennis?soort={}", "/?bericht={}",
        "/inloggen?terug={}", "/.well-known/webfinger?resource={}",
        "/.well-known/webfinger?resource=acct:{}@tilburg.example",
        "/organisaties/tilburg?page={}", "/kennis?pagina={}",
    ]  # fmt: skip
    for template in templates:
        for hostile in HOSTILE:
            path = template.replace("{}", quote(hostile, safe="%;*'<>@~") if not hostile.isascii() else hostile)
            try:
                answer = await instance.get(path.replace(" ", "%20"), Accept=accept)
            except aiohttp.ClientError:
                continue  # nothing that HTTP has a form for
            assert answer.status < 500, path
            assert b"root:" not in answer.body


NAMED = b'Content-Disposition: form-data; name="name"'
VALUE = b"\r\n\r\na\r\n--x--\r\n"
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
FORMS = [
    (FORM, b"name=%ff&password=%00"),
    (FORM, b"name=%ED%A0%80&password=%ED%A0%80"),
    (FORM, b"name=a%00b&password=geheim-genoeg"),
    (f"{FORM}; charset=utf-16", b"name=a"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(5_000))),
    (f"{PARTS}; boundary=x", b"--x\r\n" + NAMED + VALUE),
    (f"{PARTS}; boundary=x", b"--x\r\nK: \xff\r\n" + NAMED + VALUE),
    ("application/json", b"{"),
    ("onzin", b"\0" * 100),
]
BROKEN_FORMS = [
    (FORM, b"\xff\xfe=\xff"),
    (f"{FORM}; charset=onzin", b"name=a"),
    (PARTS, b"x"),
    (f"{PARTS}; boundary=", b"x"),
    (f"{PARTS}; boundary=x", b"--x\r\n"),
    (f"{PARTS}; boundary=x", b"--x\r\n" + NAMED + b"\r\n\r\n\xff\r\n--x--\r\n"),
    (f"{PARTS}; boundary=x", b"--x\r\nContent-Type: text/plain; charset=onzin\r\n" + NAMED + VALUE),
    (f"{PARTS}; boundary=x", b"--x\r\nContent-Transfer-Encoding: onzin\r\n" + NAMED + VALUE),
    (f"{PARTS}; boundary=x", b"--x\r\n" + b"K: v\r\n" * 5_000 + b"\r\n--x--\r\n"),
]


async def test_no_form_is_too_hostile(instance: Instance) -> None:
    for path in ("/inloggen", "/taal"):
        for content_type, body in FORMS:
            answer = await instance.ask("POST", path, data=body, Accept=HTML, **{"Content-Type": content_type})
            assert answer.status < 500, (content_type, body[:80])


@pytest.mark.parametrize(("content_type", "body"), BROKEN_FORMS, ids=itertools.count(1))
async def test_a_form_that_cannot_be_read_is_the_askers_mistake(
    instance: Instance, content_type: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("web.middleware"), "disabled", True)
    answer = await instance.ask("POST", "/inloggen", data=body, Accept=HTML, **{"Content-Type": content_type})
    assert answer.status < 500


async def test_a_form_is_bounded_and_guarded_whatever_its_address_ends_in(instance: Instance) -> None:
    large, other_site = b"x" * 1_000_000, {"Origin": "https://elders.example", "Accept": HTML}
    for path in ("/wachtwoord/inbox", "/uitnodiging/inbox", "/begin/inbox", "/registreren/bevestigen/inbox"):
        assert (await instance.ask("POST", path, data=large, Accept=HTML)).status == 413, path
        assert (await instance.ask("POST", path, data={"a": "b"}, **other_site)).status in {403, 404}, path


async def raw(instance: Instance, lines: list[bytes], body: bytes = b"") -> bytes:
    """Send bytes as they are, and return the status line."""
    url = instance._client.make_url("/")
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()
        await writer.wait_closed()


HEADERS = [
    b"Authorization: Bearer \xff\xfe", b"Authorization: Bearer ", b"Authorization: Bearer \xed\xa0\x80",
    b"Authorization: Basic xx", b"Cookie: samenspraak_session=\xff", b"Cookie: samenspraak_session=\xed\xa0\x80",
    b"Cookie: samenspraak_session=", b"Cookie: samenspraak_language=\xff", b"Cookie: \xff;;=;=", b"Accept: \xff",
    b"Accept-Language: \xff;q=\xff, nl;q=nan", b"If-None-Match: \xff", b"Signature: \xff",
    b'Signature: keyId="https://x.example/\xff"', b"X-Forwarded-For: \xff", b"Range: bytes=\xff", b"Range: bytes=9-1",
    b"Accept-Language: " + b"nl," * 2_000,
]  # fmt: skip


async def test_no_header_is_too_hostile(instance: Instance) -> None:
    for path in (b"/", b"/organisaties/tilburg", b"/inbreng/1", b"/inloggen"):
        for header in HEADERS:
            status = await raw(instance, [b"GET " + path + b" HTTP/1.1", b"Host: tilburg.example", header])
            assert status.split()[1] < b"500", (path, header)


async def test_a_token_that_is_none_is_refused(instance: Instance) -> None:
    answer = await instance.get("/organisaties/tilburg", Authorization="Bearer zomaar-iets")
    assert answer.status == 401


async def test_what_is_not_signed_is_never_accepted(instance: Instance) -> None:
    bodies = [b"", b"{", b"[]", b"\xff", b"null", b'{"type": "Create"}', b"[" * 10_000, b"x" * 2_000_000]
    for path in ("/inbox", "/actor/inbox", "/organisaties/tilburg/inbox", "/personen/niemand/inbox"):
        for body in bodies:
            answer = await instance.ask("POST", path, data=io.BytesIO(body), **{"Content-Type": ACTIVITY})
            assert 400 <= answer.status < 500
            assert answer.status == 413 or len(body) < 1_048_576


async def test_who_asks_with_a_signature_of_a_slow_server_keeps_no_connection_from_others(
    database: Database, organisation: Actor, tmp_path: Path
) -> None:
    """A key is fetched from its server for as long as a few seconds: not with the database in hand."""
    asked, release = asyncio.Event(), asyncio.Event()
    async with running(Peer()) as peer:

        @peer.on("/users/traag")
        async def _hang(_request: web.Request) -> web.Response:
            asked.set()
            await release.wait()
            return web.Response(status=404)

        async with database.writing() as session:
            post = await said(session, await session.get_one(Actor, organisation.id), Visibility.DIRECT)
        async with serving(database, tmp_path, hosts={"traag.example": peer.origin}) as instance:
            asking = asyncio.create_task(
                instance.get_signed(f"/inbreng/{post.id}", "https://traag.example/users/traag")
            )
            async with asyncio.timeout(20):
                await asked.wait()
            held = database.reader.pool.checkedout()
            release.set()
            assert (await asking).status == 404
    assert held == 0


async def test_an_inbox_needs_no_token_of_a_form_and_believes_no_cookie(instance: Instance, database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
    cookie = await instance.sign_in(fatima)
    answer = await instance.ask("POST", "/inbox", data=b"{}", Cookie=cookie, **{"Content-Type": ACTIVITY})
    assert answer.status in {400, 401}


@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_asked_is_answered(instance: Instance, path: str) -> None:
    try:
        answer = await instance.get("/" + path)
    except aiohttp.ClientError:
        return
    assert answer.status < 500


async def test_an_unknown_authorization_does_not_lift_the_guard_of_forms(instance: Instance) -> None:
    answer = await instance.ask(
        "POST", "/inloggen", data={"name": "x", "password": "y"}, Accept=HTML, Authorization="Basic eDp5",
        Origin="https://evil.example",
    )  # fmt: skip
    assert answer.status == 403


async def test_a_large_form_is_refused_before_it_is_read(instance: Instance) -> None:
    answer = await instance.ask("POST", "/inloggen", data={"name": "x" * 400_000, "password": "y"}, Accept=HTML)
    assert answer.status == 413


async def test_what_is_expected_in_vain_is_refused_without_being_repeated(instance: Instance) -> None:
    status = await raw(instance, [b"POST /inbox HTTP/1.1", b"Host: x", b"Expect: \xff\xfe", b"Content-Length: 0"])
    assert b" 417 " in status


def test_bodies_together_hold_no_more_than_their_budget() -> None:
    budget = ByteBudget(100)
    with budget.reserve(60):
        with pytest.raises(Overloaded), budget.reserve(50):
            pytest.fail("there was no room")
        with budget.reserve(40):
            pass
    with budget.reserve(100):
        pass
