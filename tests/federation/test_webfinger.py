import pytest
from aiohttp import web

from federation.addresses import AddressPolicy
from federation.client import Client
from federation.documents import ActorDocument, JsonObject, dump
from federation.errors import DocumentError, Gone, OriginError
from federation.webfinger import Account, canonical, host_meta, jrd, parse_account, resolve_account
from tests.federation.servers import Peer, running

BRAM = "https://utrecht.example/users/bram"


def finger(peer: Peer, answers: dict[str, JsonObject]) -> None:
    @peer.on("/.well-known/webfinger")
    async def _finger(request: web.Request) -> web.Response:
        answer = answers.get(request.query["resource"])
        if answer is None:
            return web.Response(status=404)
        return web.Response(body=dump(answer), content_type="application/jrd+json")


def bram() -> ActorDocument:
    return ActorDocument.read({"id": BRAM, "type": "Person", "preferredUsername": "bram", "inbox": f"{BRAM}/inbox"})


@pytest.mark.parametrize("text", ["acct:anna@tilburg.example", "@anna@tilburg.example", " anna@TILBURG.example"])
def test_an_account_is_read_in_each_form(text: str) -> None:
    assert parse_account(text) == Account("anna", "tilburg.example")


def test_an_account_may_have_a_port_and_a_name_in_any_script() -> None:
    assert parse_account("anna@tilburg.localhost:8081") == Account("anna", "tilburg.localhost:8081")
    assert parse_account("anna@Bücher.example").domain == "xn--bcher-kva.example"
    assert parse_account("@anna@a.example").uri == "acct:anna@a.example"


@pytest.mark.parametrize(
    "text",
    [
        "", "anna", "@anna", "anna@", "@@a.example", "anna@a@b", "anna@a.example/x", "anna@a.example:0",
        "anna@a.example:99999", "an na@a.example", "anna@a b", "anna@[::1]", "anna@-a",
        "anna@a..ü", "anna@" + "a" * 500,
        "anna@a.example#x", "anna@a.example?x", "a" * 101 + "@a.example", "anna@a.example\r\nX: y", "anna@\u2488com",
    ],
)  # fmt: skip
def test_what_is_no_account_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_account(text)


async def test_our_own_answer_is_understood(client: Client, utrecht: Peer) -> None:
    answer = jrd(
        "acct:bram@utrecht.example", BRAM, "https://utrecht.example/@bram", subscribe_template="https://x/{uri}"
    )
    finger(utrecht, {"acct:bram@utrecht.example": answer})
    assert await resolve_account(client, parse_account("@bram@utrecht.example")) == BRAM
    assert await canonical(client, bram()) == Account("bram", "utrecht.example")
    assert answer["aliases"] == [BRAM, "https://utrecht.example/@bram"]


async def test_a_demo_is_asked_in_plain_http_where_that_is_allowed(utrecht: Peer) -> None:
    domain = f"utrecht.localhost:{utrecht.port}"
    finger(utrecht, {f"acct:bram@{domain}": jrd("x", f"http://{domain}/users/bram", f"http://{domain}/@bram")})
    async with Client(AddressPolicy.parse(f"127.0.0.1:{utrecht.port}"), user_agent="test") as client:
        assert await resolve_account(client, Account("bram", domain)) == f"http://{domain}/users/bram"


@pytest.mark.parametrize(
    "links",
    [
        None, {}, "x", [], [5], [{"rel": "self", "type": "text/html", "href": BRAM}],
        [{"rel": "self", "type": "application/activity+json", "href": "javascript:alert(1)"}],
        [{"rel": "self", "href": BRAM}], [{"rel": "other", "type": "application/activity+json", "href": BRAM}],
        [{"rel": "self", "type": ["application/activity+json"], "href": BRAM}],
    ],
)  # fmt: skip
async def test_an_answer_that_names_no_actor_is_refused(client: Client, utrecht: Peer, links: object) -> None:
    finger(utrecht, {"acct:bram@utrecht.example": {"links": links}})
    with pytest.raises(DocumentError):
        await resolve_account(client, Account("bram", "utrecht.example"))


async def test_an_unknown_account_is_gone(client: Client, utrecht: Peer) -> None:
    finger(utrecht, {})
    with pytest.raises(Gone):
        await resolve_account(client, Account("nobody", "utrecht.example"))


async def test_an_actor_that_its_host_does_not_know_is_refused(client: Client, utrecht: Peer) -> None:
    finger(utrecht, {"acct:bram@utrecht.example": jrd("acct:bram@utrecht.example", f"{BRAM}2", "https://x/")})
    with pytest.raises(OriginError):
        await canonical(client, bram())


async def test_an_account_on_another_domain_counts_when_that_domain_agrees(utrecht: Peer) -> None:
    known = jrd("acct:bram@short.example", BRAM, "https://utrecht.example/@bram")
    finger(utrecht, {"acct:bram@utrecht.example": known})
    async with running(Peer()) as short:
        hosts = {"utrecht.example": utrecht.origin, "short.example": short.origin}
        async with Client(AddressPolicy(), user_agent="test", hosts=hosts) as client:
            finger(short, {"acct:bram@short.example": known})
            assert await canonical(client, bram()) == Account("bram", "short.example")
            finger(short, {"acct:bram@short.example": jrd("x", "https://short.example/bram", "https://x/")})
            with pytest.raises(OriginError):
                await canonical(client, bram())


async def test_a_domain_may_send_the_question_elsewhere(utrecht: Peer) -> None:
    finger(utrecht, {"acct:bram@short.example": jrd("acct:bram@short.example", BRAM, "https://x/")})
    async with running(Peer()) as short:
        target = "https://utrecht.example/.well-known/webfinger?resource=acct:bram@short.example"
        short.serve("/.well-known/webfinger", lambda: web.Response(status=301, headers={"Location": target}))
        hosts = {"utrecht.example": utrecht.origin, "short.example": short.origin}
        async with Client(AddressPolicy(), user_agent="test", hosts=hosts) as client:
            assert await resolve_account(client, Account("bram", "short.example")) == BRAM


def test_host_meta_says_where_webfinger_is() -> None:
    assert 'template="https://utrecht.example/.well-known/webfinger?resource={uri}"' in host_meta(
        "https://utrecht.example"
    )
