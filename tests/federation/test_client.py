"""What the client fetches and delivers, from servers that are well-behaved or only odd."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from federation.addresses import AddressPolicy
from federation.client import Client
from federation.documents import dump
from federation.errors import (
    AddressRefused,
    BodyTooLarge,
    DocumentError,
    Gone,
    OriginError,
    TooManyRedirects,
    UnexpectedStatus,
    Unreachable,
    WrongContentType,
)
from federation.keys import SigningKey
from federation.signatures import read_signature
from federation.vocabulary import ACTIVITY_JSON
from tests.federation.servers import Peer

NOTE = "https://utrecht.example/notes/1"


def a_document(**document: Any) -> web.Response:
    return web.Response(body=dump(document), content_type=ACTIVITY_JSON)


def moved(to: str, status: int = 302) -> web.Response:
    return web.Response(status=status, headers={"Location": to})


async def test_a_document_is_fetched_with_its_final_url(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: a_document(id=NOTE))
    fetched = await client.get_document(NOTE + "#part")
    assert (fetched.url, fetched.document) == (NOTE, {"id": NOTE})
    headers = utrecht.requests[0].headers
    assert headers["Host"] == "utrecht.example"
    assert headers["User-Agent"] == "Samenspraak/test"
    assert "application/activity+json" in headers["Accept"]
    assert "Cookie" not in headers


async def test_a_fetch_is_signed_for_the_public_name(client: Client, utrecht: Peer, signing_key: SigningKey) -> None:
    utrecht.serve("/notes/1", lambda: a_document(id=NOTE))
    await client.get_document(NOTE + "?a=%C3%A9&b", key=signing_key)
    request = utrecht.requests[0]
    signature = read_signature(request.method, request.raw_path, request.headers)
    signature.verify(signing_key.private.public_key(), body=b"", host_expected="utrecht.example", now=datetime.now(UTC))


async def test_a_delivery_is_signed_and_its_answer_given_back(
    client: Client, utrecht: Peer, signing_key: SigningKey
) -> None:
    bodies: list[bytes] = []

    @utrecht.on("/inbox")
    async def _inbox(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response(status=202)

    answer = await client.post("https://utrecht.example/inbox", b'{"type":"Like"}', key=signing_key)
    assert (answer.status, answer.ok, answer.retry_after, answer.detail) == (202, True, None, "")
    request = utrecht.requests[0]
    assert request.headers["Content-Type"] == ACTIVITY_JSON
    read_signature("POST", request.raw_path, request.headers).verify(
        signing_key.private.public_key(), body=bodies[0], host_expected="utrecht.example", now=datetime.now(UTC)
    )


async def test_a_refused_delivery_says_why_and_when(client: Client, utrecht: Peer, signing_key: SigningKey) -> None:
    utrecht.serve(
        "/inbox",
        lambda: web.Response(status=429, headers={"Retry-After": "120"}, text="too\nmuch\x1b[31m " + "x" * 900),
    )
    answer = await client.post("https://utrecht.example/inbox", b"{}", key=signing_key)
    assert (answer.status, answer.ok, answer.retry_after) == (429, False, 120.0)
    assert answer.detail.startswith("too much [31m xxx")
    assert len(answer.detail) == 200


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Tue, 14 Apr 2026 14:01:00 GMT", 60.0),
        ("Tue, 14 Apr 2020 14:00:00 GMT", 0.0),
        ("9" * 11, 2_592_000.0),
        ("x", None),
    ],
)
async def test_when_to_come_back_may_be_a_date_and_has_a_bound(
    utrecht: Peer, signing_key: SigningKey, said: str, seconds: float | None
) -> None:
    utrecht.serve("/inbox", lambda: web.Response(status=503, headers={"Retry-After": said}))
    now = datetime(2026, 4, 14, 14, tzinfo=UTC)
    hosts = {"utrecht.example": utrecht.origin}
    async with Client(AddressPolicy(), user_agent="test", hosts=hosts, now=lambda: now) as client:
        answer = await client.post("https://utrecht.example/inbox", b"{}", key=signing_key)
        assert answer.retry_after == seconds


async def test_a_redirect_of_a_delivery_is_an_answer(client: Client, utrecht: Peer, signing_key: SigningKey) -> None:
    utrecht.serve("/inbox", lambda: moved("https://utrecht.example/other"))
    answer = await client.post("https://utrecht.example/inbox", b"{}", key=signing_key)
    assert answer.status == 302
    assert len(utrecht.requests) == 1


async def test_deliveries_share_a_connection(client: Client, utrecht: Peer, signing_key: SigningKey) -> None:
    utrecht.serve("/inbox", lambda: web.Response(status=202, text="x" * 3000))
    for _ in range(5):
        await client.post("https://utrecht.example/inbox", b"{}", key=signing_key)
    assert len(utrecht.connections) == 1


async def test_a_connection_that_was_just_closed_is_tried_once_more(
    client: Client, utrecht: Peer, signing_key: SigningKey
) -> None:
    @utrecht.on("/inbox")
    async def _inbox(request: web.Request) -> web.Response:
        if len(utrecht.requests) == 2:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=202)

    assert (await client.post("https://utrecht.example/inbox", b"{}", key=signing_key)).ok
    assert (await client.post("https://utrecht.example/inbox", b"{}", key=signing_key)).ok
    assert len(utrecht.requests) == 3


async def test_a_redirect_on_the_same_origin_is_followed_and_signed_anew(
    client: Client, utrecht: Peer, signing_key: SigningKey
) -> None:
    utrecht.serve("/@anna/1", lambda: moved("/notes/1"))
    utrecht.serve("/notes/1", lambda: a_document(id=NOTE))
    fetched = await client.get_document("https://utrecht.example/@anna/1", key=signing_key)
    assert fetched.url == NOTE
    request = utrecht.requests[1]
    read_signature("GET", request.raw_path, request.headers).verify(
        signing_key.private.public_key(), body=b"", host_expected="utrecht.example", now=datetime.now(UTC)
    )


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/notes/1", "//evil.example/x", "https://utrecht.example:8443/x"]
)
async def test_a_document_does_not_come_from_another_origin(client: Client, utrecht: Peer, elsewhere: str) -> None:
    utrecht.serve("/notes/1", lambda: moved(elsewhere))
    with pytest.raises(OriginError):
        await client.get_document(NOTE)


@pytest.mark.parametrize("elsewhere", ["ftp://utrecht.example/", "https://[x/", "https://a:b@utrecht.example/"])
async def test_a_redirect_to_no_url_is_refused(client: Client, utrecht: Peer, elsewhere: str) -> None:
    utrecht.serve("/notes/1", lambda: moved(elsewhere))
    with pytest.raises(AddressRefused):
        await client.get_document(NOTE)


async def test_three_redirects_are_followed_and_not_four(client: Client, utrecht: Peer) -> None:
    for hop in range(4):
        utrecht.serve(f"/hop/{hop}", lambda hop=hop: moved(f"/hop/{hop + 1}"))  # type: ignore[misc]
    utrecht.serve("/hop/4", lambda: a_document(id="https://utrecht.example/hop/4"))
    assert (await client.get_document("https://utrecht.example/hop/1")).url == "https://utrecht.example/hop/4"
    with pytest.raises(TooManyRedirects):
        await client.get_document("https://utrecht.example/hop/0")


async def test_nobody_is_sent_round(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/a", lambda: moved("/b"))
    utrecht.serve("/b", lambda: moved("/a#other"))
    with pytest.raises(TooManyRedirects):
        await client.get_document("https://utrecht.example/a")
    assert len(utrecht.requests) == 2


async def test_a_redirect_to_nowhere_is_an_unexpected_status(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: web.Response(status=302))
    with pytest.raises(UnexpectedStatus):
        await client.get_document(NOTE)


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_gone_is_gone(client: Client, utrecht: Peer, status: int) -> None:
    utrecht.serve("/notes/1", lambda: web.Response(status=status))
    with pytest.raises(Gone) as caught:
        await client.get_document(NOTE)
    assert caught.value.status == status


async def test_an_unexpected_status_is_named_with_its_retry_after(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: web.Response(status=503, headers={"Retry-After": "7"}))
    with pytest.raises(UnexpectedStatus) as caught:
        await client.get_document(NOTE)
    assert (caught.value.status, caught.value.retry_after) == (503, 7.0)


@pytest.mark.parametrize("content_type", ["application/json", "text/html", "application/ld+json", "image/png"])
async def test_a_document_under_another_type_is_refused(client: Client, utrecht: Peer, content_type: str) -> None:
    utrecht.serve("/notes/1", lambda: web.Response(body=dump({"id": NOTE}), content_type=content_type))
    with pytest.raises(WrongContentType):
        await client.get_document(NOTE)


async def test_a_document_that_is_no_json_is_refused(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: web.Response(body=b"<html>", content_type=ACTIVITY_JSON))
    with pytest.raises(DocumentError):
        await client.get_document(NOTE)


async def test_an_object_is_what_stands_at_its_own_id(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: a_document(id=NOTE))
    assert await client.get_object(NOTE) == {"id": NOTE}
    assert len(utrecht.requests) == 1


async def test_an_object_found_at_its_page_is_fetched_once_more_at_its_id(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/@anna/1", lambda: a_document(id=NOTE, content="as the page tells it"))
    utrecht.serve("/notes/1", lambda: a_document(id=NOTE, content="as it is"))
    assert (await client.get_object("https://utrecht.example/@anna/1"))["content"] == "as it is"


async def test_an_object_with_an_id_elsewhere_is_refused(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: a_document(id="https://evil.example/notes/1"))
    with pytest.raises(OriginError):
        await client.get_object(NOTE)


async def test_an_object_that_keeps_naming_another_id_is_refused(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/upload.json", lambda: a_document(id=NOTE))
    utrecht.serve("/notes/1", lambda: a_document(id="https://utrecht.example/notes/2"))
    with pytest.raises(OriginError):
        await client.get_object("https://utrecht.example/upload.json")
    assert len(utrecht.requests) == 2


async def test_an_object_whose_id_leads_elsewhere_is_refused(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/upload.json", lambda: a_document(id=NOTE))
    utrecht.serve("/notes/1", lambda: moved("/upload.json"))
    with pytest.raises(OriginError):
        await client.get_object("https://utrecht.example/upload.json")


async def test_an_object_without_an_id_is_refused(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/notes/1", lambda: a_document(type="Note"))
    with pytest.raises(DocumentError):
        await client.get_object(NOTE)


async def test_other_json_is_fetched_under_any_json_type_and_no_other(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/a", lambda: web.Response(body=b"{}", content_type="application/jrd+json"))
    utrecht.serve("/b", lambda: web.Response(body=b"{}", content_type="text/html"))
    assert await client.get_json("https://utrecht.example/a") == {}
    with pytest.raises(WrongContentType):
        await client.get_json("https://utrecht.example/b")


async def test_a_file_is_fetched_with_its_type(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/old.png", lambda: moved("/new.png"))
    utrecht.serve("/new.png", lambda: web.Response(body=b"\x89PNG", content_type="image/png"))
    received = await client.get_bytes(
        "https://utrecht.example/old.png",
        accept="image/*",
        accepts=lambda kind: kind.startswith("image/"),
        max_bytes=99,
    )
    assert (received.url, received.content_type, received.body) == (
        "https://utrecht.example/new.png", "image/png", b"\x89PNG",
    )  # fmt: skip


async def test_a_server_that_is_not_there_is_unreachable(utrecht: Peer, signing_key: SigningKey) -> None:
    hosts = {"utrecht.example": "http://127.0.0.1:1"}
    async with Client(AddressPolicy(), user_agent="test", hosts=hosts) as client:
        with pytest.raises(Unreachable):
            await client.get_document(NOTE)
        with pytest.raises(Unreachable):
            await client.post("https://utrecht.example/inbox", b"{}", key=signing_key)


def test_a_host_is_mapped_to_an_address_only() -> None:
    for origin in ("http://localhost:8000", "utrecht", "ftp://127.0.0.1", "http://utrecht.example"):
        with pytest.raises(ValueError, match="literal address"):
            Client(AddressPolicy(), user_agent="test", hosts={"utrecht.example": origin})


async def test_a_service_is_asked_with_a_form_and_answers_whatever_the_status(client: Client, utrecht: Peer) -> None:
    forms: list[dict[str, str]] = []

    @utrecht.on("/token")
    async def _answer(request: web.Request) -> web.Response:
        forms.append({name: str(value) for name, value in (await request.post()).items()})
        return web.json_response({"error": "invalid_grant"}, status=400)

    url = "https://utrecht.example/token"
    answer = await client.ask_json(url, form={"code": "a b&c"}, headers={"Authorization": "Basic eDp5"})
    assert answer == (400, {"error": "invalid_grant"})
    assert forms == [{"code": "a b&c"}]
    assert utrecht.requests[0].headers["Authorization"] == "Basic eDp5"


async def test_what_a_service_is_asked_goes_nowhere_else(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/me", lambda: moved("https://utrecht.example/elsewhere"))
    with pytest.raises(WrongContentType):
        await client.ask_json("https://utrecht.example/me", headers={"Authorization": "Bearer x"})
    assert [request.path for request in utrecht.requests] == ["/me"]


async def test_a_service_says_no_more_than_was_asked_for(client: Client, utrecht: Peer) -> None:
    utrecht.serve("/jwks", lambda: web.json_response({"keys": ["x" * 5_000]}))
    with pytest.raises(BodyTooLarge):
        await client.ask_json("https://utrecht.example/jwks", max_bytes=1_000)
