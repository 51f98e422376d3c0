from typing import Any

import pytest
from aiohttp import web

from federation import nodeinfo
from federation.client import Client
from federation.documents import JsonObject, dump
from federation.errors import DocumentError, OriginError
from federation.nodeinfo import SCHEMA, document, read_nodeinfo, well_known
from tests.federation.servers import Peer

UTRECHT = "https://utrecht.example"


def our_own(**changes: Any) -> JsonObject:
    return document(
        version="0.1.0",
        users=12,
        local_posts=34,
        open_registrations=True,
        active_month=5,
        features=["closed-spaces"],
        metadata={"nodeName": "Utrecht"},
        repository="https://utrecht.example/source",
        **changes,
    )


def serve(peer: Peer, path: str, answer: JsonObject) -> None:
    peer.serve(path, lambda: web.Response(body=dump(answer), content_type="application/json"))


async def test_what_we_say_of_ourselves_is_understood(client: Client, utrecht: Peer) -> None:
    serve(utrecht, "/.well-known/nodeinfo", well_known(UTRECHT))
    serve(utrecht, "/nodeinfo/2.1", our_own())
    info = await read_nodeinfo(client, UTRECHT)
    assert (info.software, info.version, info.protocols) == ("samenspraak", "0.1.0", ("activitypub",))
    assert (info.users, info.active_month, info.local_posts, info.open_registrations) == (12, 5, 34, True)
    assert info.features == {"closed-spaces"}
    assert info.metadata["nodeName"] == "Utrecht"


def test_the_older_version_names_no_repository() -> None:
    assert "repository" in our_own()["software"]
    older = our_own(schema="2.0")
    assert older["version"] == "2.0"
    assert set(older["software"]) == {"name", "version"}


async def test_the_older_version_is_read_where_there_is_no_newer(client: Client, utrecht: Peer) -> None:
    links = {
        "links": [{"rel": f"{SCHEMA}1.0", "href": f"{UTRECHT}/1"}, {"rel": f"{SCHEMA}2.0", "href": f"{UTRECHT}/2"}]
    }
    serve(utrecht, "/.well-known/nodeinfo", links)
    serve(utrecht, "/2", {"software": {"name": "mastodon", "version": "4.5.0"}})
    info = await read_nodeinfo(client, UTRECHT)
    assert (info.software, info.users, info.features) == ("mastodon", None, frozenset())


@pytest.mark.parametrize(
    "href", ["https://evil.example/nodeinfo", "http://utrecht.example/x", "http://169.254.169.254/"]
)
async def test_a_link_to_another_origin_is_not_followed(client: Client, utrecht: Peer, href: str) -> None:
    serve(utrecht, "/.well-known/nodeinfo", {"links": [{"rel": f"{SCHEMA}2.1", "href": href}]})
    with pytest.raises(OriginError):
        await read_nodeinfo(client, UTRECHT)


@pytest.mark.parametrize("links", [None, [], [{"rel": f"{SCHEMA}2.1"}], [{"rel": f"{SCHEMA}9", "href": UTRECHT}], "x"])
async def test_a_server_without_nodeinfo_is_named_so(client: Client, utrecht: Peer, links: object) -> None:
    serve(utrecht, "/.well-known/nodeinfo", {"links": links})
    with pytest.raises(DocumentError):
        await read_nodeinfo(client, UTRECHT)


@pytest.mark.parametrize("software", [None, "x", {}, {"name": 5}, {"name": "<script>"}, {"name": ""}])
def test_software_without_a_name_is_refused(software: object) -> None:
    with pytest.raises(DocumentError):
        nodeinfo.read({"software": software})


def test_odd_counts_and_features_are_left_out() -> None:
    info = nodeinfo.read(
        {
            "software": {"name": "Odd", "version": "v" * 500},
            "usage": {"users": {"total": -1, "activeMonth": True}, "localPosts": "9"},
            "metadata": {"samenspraak": {"features": ["a", 5, {"b": 1}] + ["x"] * 100}},
        }
    )
    assert (info.software, len(info.version)) == ("odd", 100)
    assert (info.users, info.active_month, info.local_posts) == (None, None, None)
    assert info.features == {"a", "x"}
